package io.muster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/// `muster streams`: what a member sends to and gets from the others.
@Command(
    name = "streams",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the numbered streams of events between a member and each of the others.",
      "What a peer has not acknowledged is kept and sent again; what had to be given up is lost,"
          + " and counted."
    },
    footer = {
      "",
      "NEXT: number of the next item to the peer. BEHIND: items it has not acknowledged. KEPT:"
          + " bytes that may have to be sent again. AGAIN: items sent again. RESYNC: how often the"
          + " stream had to start anew. RECEIVED, LOST: publications from the peer, and items it"
          + " could not send again. PUT OFF: its messages put off because clients here had too much"
          + " to do.",
      "",
      "Example:  muster streams",
      "          muster streams --json -c muster.yaml"
    })
final class StreamsCommand implements Callable<Integer> {
  @Mixin AdminClient admin = new AdminClient();

  @Override
  public Integer call() {
    JsonNode all = admin.get("/v1/streams");
    if (admin.json) {
      System.out.println(all);
      return Main.OK;
    }
    AdminCommands.Table table =
        new AdminCommands.Table(
            "PEER",
            "STATE",
            "INTERESTS",
            "NEXT",
            "BEHIND",
            "KEPT",
            "AGAIN",
            "RESYNC",
            "RECEIVED",
            "LOST",
            "PUT OFF");
    for (JsonNode s : all.path("streams")) {
      table.row(
          s.path("name").asString(),
          s.path("putOff").asBoolean() ? "put off" : s.path("live").asBoolean() ? "live" : "down",
          number(s, "interests"),
          number(s, "next"),
          Long.toString(s.path("next").asLong() - 1 - s.path("acknowledged").asLong()),
          number(s, "keptBytes"),
          number(s, "sentAgain"),
          number(s, "resynchronised"),
          number(s, "received"),
          number(s, "lost"),
          number(s, "deferred"));
    }
    table.print();
    JsonNode h = all.path("history");
    System.out.printf(
        "history  %d publications, %d bytes; %d subscriptions went on, %d began anew%n",
        h.path("kept").asLong(),
        h.path("keptBytes").asLong(),
        h.path("resumed").asLong(),
        h.path("refused").asLong());
    return Main.OK;
  }

  private static String number(JsonNode s, String name) {
    return Long.toString(s.path(name).asLong());
  }
}
