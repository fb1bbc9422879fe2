package io.muster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// Commands that ask a running member.
final class AdminCommands {
  private AdminCommands() {}

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Shows whether a member is ready, and why not.",
      footer = {"", "Example:  muster status --admin http://127.0.0.1:8880"})
  static final class StatusCommand implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode s = admin.get("/v1/status");
      JsonNode groups = admin.get("/v1/registry").path("groups");
      if (admin.json) {
        System.out.println(s);
        return Main.OK;
      }
      System.out.printf("member   %s (%s)%n", s.path("name").asString(), s.path("id").asString());
      System.out.printf("cluster  %s%n", s.path("cluster").asString());
      System.out.printf("state    %s%n", s.path("state").asString());
      System.out.printf("clients  %s%n", s.path("clientPorts"));
      System.out.printf("peers    %s%n", s.path("peers").asString());
      for (JsonNode g : groups) {
        System.out.printf(
            "group    %-8s %-9s leader %s, %d voters, applied %d of %d%n",
            g.path("group").asString(),
            g.path("role").asString(),
            g.path("leader").asString(),
            g.path("voters").size(),
            g.path("applied").asLong(),
            g.path("committed").asLong());
      }
      return Main.OK;
    }
  }

  @Command(
      name = "members",
      mixinStandardHelpOptions = true,
      description = "Lists the members as one of them sees them, suspected ones included.",
      footer = {"", "Example:  muster members --json"})
  static final class Members implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode all = admin.get("/v1/members");
      if (admin.json) {
        System.out.println(all);
        return Main.OK;
      }
      System.out.printf(
          "%-24s %-8s %-22s %-24s %s%n", "NAME", "STATE", "ADDRESS", "ROLES", "SERVICE");
      for (JsonNode m : all.path("members")) {
        StringBuilder roles = new StringBuilder();
        for (JsonNode r : m.path("roles")) {
          roles.append(roles.isEmpty() ? "" : ",").append(r.asString());
        }
        System.out.printf(
            "%-24s %-8s %-22s %-24s %s%n",
            m.path("name").asString(),
            m.path("state").asString(),
            m.path("address").asString(),
            roles,
            m.path("service").asString());
      }
      return Main.OK;
    }
  }

  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "Stops a member in order: clients first, then leadership, then good-bye.",
      footer = {"", "Example:  muster stop --admin http://127.0.0.1:8880"})
  static final class Stop implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode answer = admin.send("POST", "/v1/stop", null);
      System.out.println(admin.json ? answer.toString() : "stopping");
      return Main.OK;
    }
  }
}
