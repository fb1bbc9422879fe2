package io.muster.cli;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster data watch`: publications as they happen.
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what is set and removed anywhere in the cluster, as it happens.",
      "Ends with Ctrl-C, after --count events, after --timeout, or when the member stops.",
      "What users address to certain sessions is not shown."
    },
    footer = {
      "",
      "Patterns are those of subscriptions: '*' as a whole segment is exactly one segment, '**' at"
          + " the end is one or more, and the pattern '*' is everything.",
      "",
      "Exit codes: 0 when it ended as asked; 1 when the member stopped, when this watch read too"
          + " slowly, or when --timeout came before --count; 2 usage; 3 not running.",
      "",
      "Example:  muster data watch '/sensors/*'",
      "          muster data watch '*' --json --count 1 --timeout 30"
    })
final class WatchCommand extends EventsCommand {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  @Parameters(paramLabel = "PATTERN", description = "Which paths, such as '/sensors/*'.")
  String pattern = "";

  @Override
  String route() {
    return "/v1/data/watch?pattern=" + encoded(pattern);
  }

  @Override
  String what() {
    return pattern;
  }

  @Override
  void print(EventReader.Event e) {
    JsonNode data = AdminClient.JSON.readTree(e.data());
    if (admin.json) {
      ObjectNode line = AdminClient.JSON.createObjectNode().put("action", e.name());
      line.setAll((ObjectNode) data);
      System.out.println(line);
      return;
    }
    Instant at = Instant.ofEpochMilli(data.path("timestamp").asLong());
    String origin = data.path("origin").asString("");
    System.out.printf(
        "%s  %-6s  %s  %s%s%n",
        TIME.format(at.atZone(ZoneId.systemDefault())),
        e.name(),
        data.path("path").asString(),
        data.path("data"),
        origin.isEmpty() ? "" : "  (by " + origin + ")");
  }
}
