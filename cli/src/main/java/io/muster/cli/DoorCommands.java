package io.muster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// Commands about the clients' door of a member, and what it waits for.
final class DoorCommands {
  private DoorCommands() {}

  @Command(
      name = "open",
      mixinStandardHelpOptions = true,
      description = {
        "Lets clients in to a member that was started with gateway.defer.",
        "At once when it is stable, else as soon as it is. Repeating is harmless."
      },
      footer = {
        "",
        "Exit codes: 0 open, or it will be; 1 a port is taken, or the member stops; 3 not running.",
        "",
        "Example:  muster open -c muster.yaml"
      })
  static final class Open implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode gate = admin.send("POST", "/v1/gate", null);
      if (admin.json) System.out.println(gate);
      else if (gate.path("ports").isEmpty()) System.out.println(gate.path("state").asString());
      else System.out.println("open, port " + Asking.joined(gate.path("ports")));
      return Main.OK;
    }
  }

  @Command(
      name = "health",
      mixinStandardHelpOptions = true,
      description = {
        "Shows how a member is with the others, and how many of each service are wanted.",
        "With --json the report as happn-cluster logs it."
      },
      footer = {
        "",
        "States: ISOLATED, CONNECTING-INSUFFICIENT PEERS, CONNECTING, SUBSCRIBING, STABLE.",
        "",
        "Example:  muster health",
        "          muster health --json --format older"
      })
  static final class Health implements Callable<Integer> {
    /// Whose words the report has.
    enum Format {
      OLDER,
      NEWER
    }

    @Mixin AdminClient admin = new AdminClient();

    @Option(
        names = "--format",
        paramLabel = "WORDS",
        description = "With --json: of happn-cluster's older or newer generation (newer).")
    Format format = Format.NEWER;

    @Override
    public Integer call() {
      String words = format == Format.OLDER ? "older" : "newer";
      JsonNode report = admin.get("/v1/health?format=" + words);
      if (admin.json) {
        System.out.println(report);
        return Main.OK;
      }
      JsonNode gate = admin.get("/v1/gate");
      System.out.printf("member   %s%n", report.path("MEMBER_ID").asString());
      System.out.printf("state    %s%n", gate.path("stability").asString());
      System.out.printf("gate     %s%n", gate.path("state").asString());
      for (JsonNode s : gate.path("services")) {
        System.out.printf(
            "service  %s has %d peers of %d required%n",
            s.path("service").asString(), s.path("peers").asInt(), s.path("required").asInt());
      }
      JsonNode missing =
          format == Format.OLDER
              ? report.path("MISSING_CLUSTER_MEMBERS")
              : report.path("UNHEALTHY_MEMBERS");
      System.out.printf("missing  %s%n", Asking.joined(missing));
      return Main.OK;
    }
  }
}
