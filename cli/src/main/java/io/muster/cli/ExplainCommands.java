package io.muster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `muster explain member` and `muster explain readiness`.
final class ExplainCommands {
  private ExplainCommands() {}

  @Command(
      name = "member",
      mixinStandardHelpOptions = true,
      description = {
        "Says why a member is taken for alive, suspect or failed, and what to do.",
        "All members are asked: how long it has not answered each of them, and whether there is a"
            + " link."
      },
      footer = {
        "",
        "Exit codes: 0 all see it alive; 1 they do not, or nobody knows it; 3 not running.",
        "",
        "Example:  muster explain member b -c muster.yaml"
      })
  static final class OfMember implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "The member's name, or its id.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode view = admin.get(Asking.named("/v1/explain/member", name));
      boolean well = view.path("todo").isEmpty();
      if (admin.json) {
        System.out.println(view);
        return well ? Main.OK : Main.FAILURE;
      }
      System.out.println(view.path("member").asString() + " is " + view.path("verdict").asString());
      for (JsonNode s : view.path("sights")) {
        System.out.printf(
            "  seen by %-12s  %s%n",
            s.path("by").asString(),
            s.path("known").asBoolean()
                ? s.path("state").asString()
                    + " for "
                    + seconds(s.path("inStateMillis").asLong())
                    + (s.path("self").asBoolean()
                        ? ", itself"
                        : s.path("linked").asBoolean() ? ", linked" : ", no link")
                : "not known");
      }
      for (JsonNode m : view.path("missing")) {
        System.out.println("  no answer from " + m.asString());
      }
      for (JsonNode t : view.path("todo")) System.out.println("-> " + t.asString());
      return well ? Main.OK : Main.FAILURE;
    }

    private static String seconds(long millis) {
      return millis < 60_000
          ? String.format(java.util.Locale.ROOT, "%.1f s", millis / 1000.0)
          : millis / 60_000 + " m " + millis / 1000 % 60 + " s";
    }
  }

  @Command(
      name = "readiness",
      mixinStandardHelpOptions = true,
      description = {
        "Says why a member is ready for clients or is not: all that has to hold, one by one, and"
            + " what to do about what does not."
      },
      footer = {
        "",
        "Exit codes: 0 it is ready; 1 it is not; 3 not running.",
        "",
        "Example:  muster explain readiness -c muster.yaml"
      })
  static final class OfReadiness implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode view = admin.get("/v1/explain/readiness");
      boolean ready = view.path("ready").asBoolean();
      if (admin.json) {
        System.out.println(view);
        return ready ? Main.OK : Main.FAILURE;
      }
      System.out.println(
          view.path("member").asString()
              + (ready ? " is ready" : " is not ready: " + view.path("state").asString()));
      for (JsonNode c : view.path("conditions")) {
        boolean holds = c.path("holds").asBoolean();
        System.out.printf(
            "  %-3s  %s: %s%n",
            holds ? "yes" : "NO", c.path("condition").asString(), c.path("detail").asString());
        if (!holds) System.out.println("       -> " + c.path("todo").asString());
      }
      return ready ? Main.OK : Main.FAILURE;
    }
  }
}
