package io.muster.cli;

import io.muster.node.MusterNode;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsOrigin;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `muster start`: one member in the foreground, or in the background with `--detach`.
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = {
      "Starts one member and stays in the foreground; SIGTERM or Ctrl-C stops it in order.",
      "With --detach it runs in the background: this command waits until clients may come, prints"
          + " where the member listens, and returns; 'muster stop' stops it."
    },
    footer = {
      "",
      "Exit codes: 0 it ran and stopped, or is ready in the background; 1 it failed or was not"
          + " ready in time, and nothing is left running; 2 usage or configuration.",
      "",
      "Example:  muster start -c muster.yaml --set gateway.ports=55000",
      "          muster start --detach -c muster.yaml --ready-timeout 2m"
    })
final class StartCommand implements Callable<Integer> {
  @Mixin SettingsOptions settings = new SettingsOptions();

  @Option(
      names = {"-d", "--detach"},
      description = "Run in the background; the log goes to <data_dir>/log/muster.log.")
  boolean detach;

  @Option(
      names = "--ready-timeout",
      paramLabel = "S",
      converter = DurationOption.class,
      description = {
        "With --detach: how long to wait until it is ready, in seconds or as 500ms or 2m (60s).",
        "A member that is not ready by then is stopped again. 0 does not wait at all: for members"
            + " that found a cluster together and are started one after the other."
      })
  @Nullable Duration readyTimeout;

  @Option(names = "--json", description = "With --detach: output for programs.")
  boolean json;

  @Option(
      names = "--until-stdin-closes",
      hidden = true,
      description = "Stop when standard input ends: whoever started this member has gone.")
  boolean untilStdinCloses;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws Exception {
    if (!detach && (readyTimeout != null || json)) {
      throw new ParameterException(
          spec.commandLine(), (json ? "--json" : "--ready-timeout") + ": only with --detach");
    }
    MusterSettings read = MusterSettings.read(settings.load());
    if (detach) {
      if (untilStdinCloses) {
        throw new ParameterException(spec.commandLine(), "--until-stdin-closes: not with --detach");
      }
      Duration wait = readyTimeout == null ? Duration.ofSeconds(60) : readyTimeout;
      return new DetachedStart(read, settings.arguments(), wait, json).run();
    }
    Thread main = Thread.currentThread();
    MusterNode[] running = new MusterNode[1];
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(
                    () -> {
                      MusterNode node = running[0];
                      if (node != null) node.close();
                      else main.interrupt();
                    }));
    if (untilStdinCloses) Thread.ofPlatform().daemon(true).start(StartCommand::watchParent);
    MusterNode node =
        MusterNode.start(
            read,
            new SettingsOrigin(
                Optional.ofNullable(settings.file), () -> MusterSettings.read(settings.load())));
    running[0] = node;
    System.out.printf(
        "ready name=%s clients=%s admin=http://%s%n",
        read.member().name(), node.status().clientPorts(), node.adminAddress());
    System.out.flush();
    node.awaitStop();
    return Main.OK;
  }

  private static void watchParent() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is said there; only its end matters.
      }
    } catch (java.io.IOException e) {
      // Gone as well.
    }
    System.exit(Main.FAILURE);
  }
}
