package io.muster.supervision.check;

import io.muster.spi.check.Check;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Starts a program for each probe. It gets an environment of its own: nothing of the member's,
/// whose variables may hold secrets, but where programs and its home are.
final class ScriptCheck implements Check {
  private static final String[] KEPT = {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"};

  private final ScriptSetup setup;

  ScriptCheck(ScriptSetup setup) {
    this.setup = setup;
  }

  @Override
  public CompletableFuture<Finding> probe(Probe probe) {
    CompletableFuture<Finding> answer = new CompletableFuture<>();
    // Starting a process takes milliseconds, and waiting for it holds a thread.
    Thread.ofPlatform().name("muster-script").daemon(true).start(() -> run(probe, answer));
    return answer;
  }

  private void run(Probe probe, CompletableFuture<Finding> answer) {
    ProcessGroup group;
    try {
      ProcessBuilder builder = ProcessGroup.builder(setup.command(), setup.directory());
      environment(builder.environment(), probe);
      group = ProcessGroup.start(builder);
    } catch (IOException | IllegalArgumentException e) {
      answer.complete(Finding.unknown("Cannot start a script: " + e.getMessage()));
      return;
    }
    answer.whenComplete(
        (_, _) -> {
          if (answer.isCancelled()) group.kill();
        });
    try {
      ProcessGroup.Outcome outcome = group.await();
      answer.complete(finding(outcome.exit(), outcome.output()));
    } catch (InterruptedException e) {
      group.kill();
      answer.completeExceptionally(e);
    }
  }

  private static Finding finding(int exit, String output) {
    String said = output.isEmpty() ? "" : ": " + output;
    return switch (exit) {
      case 0 -> Finding.PASSED;
      case 1 -> Finding.warning("Exit code 1" + said);
      default -> Finding.critical("Exit code " + exit + said);
    };
  }

  private void environment(Map<String, String> env, Probe probe) {
    Map<String, String> own = Map.copyOf(env);
    env.clear();
    for (String name : KEPT) if (own.containsKey(name)) env.put(name, own.get(name));
    Target target = probe.target();
    env.put("MUSTER_CLUSTER", target.cluster());
    env.put("MUSTER_ADDR", target.addr());
    switch (target.endpoint()) {
      case Endpoint.Net net -> {
        env.put("MUSTER_SCHEME", net.scheme());
        env.put("MUSTER_HOST", net.host());
        env.put("MUSTER_PORT", Integer.toString(net.port()));
      }
      case Endpoint.Unix unix -> env.put("MUSTER_SOCKET", unix.path());
    }
    env.put("MUSTER_TIMEOUT_MS", Long.toString(probe.timeout().toMillis()));
    target
        .attributes()
        .forEach(
            (name, value) -> {
              String text = ScriptProvider.plain(value);
              if (text != null) env.put("MUSTER_ATTR_" + variable(name), text);
            });
    env.putAll(setup.env());
  }

  private static String variable(String name) {
    return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9_]", "_");
  }

  @Override
  public void close() {}
}
