package io.muster.cli;

import io.muster.node.MusterNode;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsOrigin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
          + " where the member listens, and returns; 'muster stop' stops it.",
      "With --watchdog a second process watches over it and starts it again when it crashes: after"
          + " 0.5 s, then twice as long each time, 30 s at most."
    },
    footer = {
      "",
      "Exit codes: 0 it ran and stopped, or is ready in the background; 1 it failed or was not"
          + " ready in time, and nothing is left running; 2 usage or configuration.",
      "",
      "Example:  muster start -c muster.yaml --set gateway.ports=55000",
      "          muster start --detach -c muster.yaml --ready-timeout 2m",
      "          muster start --daemonize -c muster.yaml --pid-file /run/muster.pid"
    })
final class StartCommand implements Callable<Integer> {
  @Mixin SettingsOptions settings = new SettingsOptions();

  @Option(
      names = {"-d", "--detach"},
      description = "Run in the background; the log goes to <data_dir>/log/muster.log.")
  boolean detach;

  @Option(
      names = "--daemonize",
      description = "As --detach and --watchdog together, as clusterduck's -d.")
  boolean daemonize;

  @Option(
      names = "--watchdog",
      description =
          "Start the member again when it crashes; not when it was stopped, or its configuration is"
              + " wrong.")
  boolean watchdog;

  @Option(
      names = "--pid-file",
      paramLabel = "FILE",
      description =
          "Hold this file while it runs: a second start with the same one is refused, and 'muster"
              + " stop --pid-file' finds it.")
  @Nullable Path pidFile;

  @Option(
      names = "--log-dir",
      paramLabel = "DIR",
      description =
          "With --detach: write stdout.log and stderr.log there instead; 'muster log' follows"
              + " them.")
  @Nullable Path logDir;

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
    if (daemonize) detach = watchdog = true;
    if (!detach && (readyTimeout != null || json || logDir != null)) {
      String option = json ? "--json" : logDir != null ? "--log-dir" : "--ready-timeout";
      throw new ParameterException(spec.commandLine(), option + ": only with --detach");
    }
    MusterSettings read = MusterSettings.read(settings.load());
    if (detach) {
      if (untilStdinCloses) {
        throw new ParameterException(spec.commandLine(), "--until-stdin-closes: not with --detach");
      }
      Duration wait = readyTimeout == null ? Duration.ofSeconds(60) : readyTimeout;
      List<String> arguments = new ArrayList<>(settings.arguments());
      if (watchdog) arguments.add("--watchdog");
      if (pidFile != null) {
        arguments.addAll(List.of("--pid-file", pidFile.toAbsolutePath().toString()));
      }
      return new DetachedStart(read, arguments, wait, json, logDir).run();
    }
    @Nullable PidFile held = pidFile == null ? null : PidFile.claim(pidFile);
    // Nobody else ends in order after a signal.
    if (held != null)
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(held::remove));
    if (watchdog) {
      List<String> watched = new ArrayList<>(List.of("start", "--until-stdin-closes"));
      watched.addAll(settings.arguments());
      return new Watchdog(OwnProgram.command(watched), new Watchdog.Pauses(), System.err).run();
    }
    return foreground(read);
  }

  private int foreground(MusterSettings read) throws Exception {
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
