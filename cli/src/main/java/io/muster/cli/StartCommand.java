package io.muster.cli;

import io.muster.node.MusterNode;
import io.muster.node.MusterSettings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `muster start`: one member in the foreground.
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description =
        "Starts one member and stays in the foreground; SIGTERM or Ctrl-C stops it in order.",
    footer = {"", "Example:  muster start -c muster.yaml --set gateway.ports=55000"})
final class StartCommand implements Callable<Integer> {
  @Mixin SettingsOptions settings = new SettingsOptions();

  @Option(
      names = "--until-stdin-closes",
      hidden = true,
      description = "Stop when standard input ends: whoever started this member has gone.")
  boolean untilStdinCloses;

  @Override
  public Integer call() throws Exception {
    MusterSettings read = MusterSettings.read(settings.load());
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
    MusterNode node = MusterNode.start(read);
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
