package io.muster.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `muster secret status` and `muster secret reload`.
final class SecretStatusCommands {
  /// Fingerprints take their time where keys are not known yet.
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private SecretStatusCommands() {}

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = {
        "Shows which secrets each member holds, by fingerprints.",
        "USED is what a member proves itself with, ACCEPTED what it accepts besides, NEW what lies"
            + " on its machine to be rotated to."
      },
      footer = {
        "",
        "Exit codes: 0 all members use the same and accept no other; 1 they do not, or one is away;"
            + " 3 not running.",
        "",
        "Example:  muster secret status -c muster.yaml"
      })
  static final class Status implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode view = admin.send("GET", "/v1/secret", null, PATIENCE);
      boolean agreed = view.path("agreed").asBoolean();
      if (admin.json) {
        System.out.println(view);
        return agreed ? Main.OK : Main.FAILURE;
      }
      System.out.printf("%-16s  %-12s  %-12s  %-12s%n", "MEMBER", "USED", "ACCEPTED", "NEW");
      for (JsonNode m : view.path("members")) {
        JsonNode accepted = m.path("accepted");
        String waiting = m.path("waiting").asString();
        System.out.printf(
            "%-16s  %-12s  %-12s  %-12s%n",
            m.path("member").asString(),
            m.path("used").asString(),
            accepted.size() > 1 ? accepted.get(1).asString() : "-",
            waiting.isEmpty() ? "-" : waiting);
        String problem = m.path("problem").asString();
        if (!problem.isEmpty()) System.out.println("  " + problem);
      }
      for (JsonNode m : view.path("missing")) System.out.println("missing: " + m.asString());
      return agreed ? Main.OK : Main.FAILURE;
    }
  }

  @Command(
      name = "reload",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a running member read its secret files again and take what they hold.",
        "Needed only where the files were changed by hand, or by 'muster secret rotate STEP'."
      },
      footer = {"", "Example:  muster secret reload -c muster.yaml"})
  static final class Reload implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode held = admin.send("POST", "/v1/secret/reload", null, PATIENCE);
      if (admin.json) System.out.println(held);
      else {
        System.out.println(
            held.path("member").asString()
                + " uses "
                + held.path("used").asString()
                + ", accepts "
                + Asking.joined(held.path("accepted")));
      }
      return Main.OK;
    }
  }
}
