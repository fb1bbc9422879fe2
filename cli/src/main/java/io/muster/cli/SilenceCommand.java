package io.muster.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster silence`: what people are not told for a while.
@Command(
    name = "silence",
    mixinStandardHelpOptions = true,
    description = {
      "Keeps notifications about services from being sent for a while.",
      "What still holds when a silence ends is told then."
    },
    subcommands = {
      SilenceCommand.ListAll.class,
      SilenceCommand.Add.class,
      SilenceCommand.End.class
    },
    footer = {
      "",
      "Example:  muster silence add night --cluster web --for 8h --reason 'load test'",
      "          muster silence end night"
    })
final class SilenceCommand extends CommandGroup {
  private static final String SILENCES = "/v1/silences";

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the silences, and whom the member asked tells of what happens.",
      footer = {"", "Example:  muster silence list"})
  static final class ListAll implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode found = admin.get("/v1/notifications");
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table sinks =
          new AdminCommands.Table("SINK", "TYPE", "SEVERITY", "WAITING", "SENT", "FAILED");
      for (JsonNode s : found.path("sinks")) {
        sinks.row(
            s.path("name").asString(),
            s.path("type").asString(),
            s.path("severity").asString(),
            Long.toString(s.path("waiting").asLong()),
            Long.toString(s.path("sent").asLong()),
            Long.toString(s.path("failed").asLong()));
        String error = s.path("last_error").asString("");
        if (!error.isEmpty()) sinks.note(error);
      }
      sinks.print();
      AdminCommands.Table table =
          new AdminCommands.Table("SILENCE", "CLUSTER", "NODE", "EVENT", "UNTIL", "BY", "REASON");
      for (JsonNode s : found.path("silences")) {
        table.row(
            s.path("id").asString(),
            s.path("cluster").asString(),
            s.path("node").asString(),
            s.path("event").asString(),
            s.path("until").asString(),
            s.path("by").asString(),
            s.path("reason").asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Begins a silence on all members, or changes the one of that name.",
      footer = {
        "",
        "Example:  muster silence add night --cluster web --for 8h --reason 'load test'"
      })
  static final class Add implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Letters, digits, '.', '_' and '-'.")
    String id = "";

    @Option(
        names = "--cluster",
        paramLabel = "CLUSTER",
        description = "Only of these: '*' is any run of characters.")
    @Nullable String cluster;

    @Option(names = "--node", paramLabel = "ADDR", description = "Only about these.")
    @Nullable String node;

    @Option(names = "--event", paramLabel = "EVENT", description = "Such as nodes.state.")
    @Nullable String event;

    @Option(
        names = "--for",
        required = true,
        paramLabel = "S",
        converter = DurationOption.class,
        description = "Such as 30m or 8h.")
    Duration length = Duration.ZERO;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
    String reason = "";

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode();
      if (cluster != null) body.put("cluster", cluster);
      if (node != null) body.put("node", node);
      if (event != null) body.put("event", event);
      body.put("until", Instant.now().plus(length).toString());
      body.put("by", System.getProperty("user.name", "somebody"));
      body.put("reason", reason);
      JsonNode now = admin.send("PUT", Asking.named(SILENCES, id), body.toString());
      System.out.println(
          admin.json ? now.toString() : "silent until " + now.path("until").asString());
      return Main.OK;
    }
  }

  @Command(
      name = "end",
      mixinStandardHelpOptions = true,
      description = "Ends a silence.",
      footer = {"", "Example:  muster silence end night"})
  static final class End implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "As 'muster silence list' shows it.")
    String id = "";

    @Override
    public Integer call() {
      JsonNode removed = admin.send("DELETE", Asking.named(SILENCES, id), null);
      Asking.printRemoved(admin.json, removed, "ended", "there is no such silence");
      return Main.OK;
    }
  }
}
