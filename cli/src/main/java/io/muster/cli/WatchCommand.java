package io.muster.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
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
final class WatchCommand implements Callable<Integer> {
  /// The member sends a comment every ten seconds unless told otherwise.
  private static final Duration SILENCE_MAX = Duration.ofMinutes(11);

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  @Mixin AdminClient admin = new AdminClient();

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PATTERN", description = "Which paths, such as '/sensors/*'.")
  String pattern = "";

  @Option(names = "--count", paramLabel = "N", description = "End after so many events.")
  @Nullable Long count;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      converter = DurationOption.class,
      description = "End after so many seconds, or a duration such as 500ms or 2m.")
  @Nullable Duration timeout;

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (count != null && count < 1) {
      throw new ParameterException(spec.commandLine(), "--count: expected 1 or more");
    }
    long start = System.nanoTime();
    String route = "/v1/data/watch?pattern=" + URLEncoder.encode(pattern, StandardCharsets.UTF_8);
    try (InputStream in = admin.events(route);
        EventReader events = new EventReader(in)) {
      if (!admin.json) System.err.println("watching " + pattern + " at " + admin.asked());
      return show(events, start);
    }
  }

  private int show(EventReader events, long start) throws InterruptedException {
    long shown = 0;
    while (true) {
      Duration left = timeout == null ? SILENCE_MAX : timeout.minusNanos(System.nanoTime() - start);
      EventReader.Event e = events.next(left);
      if (e == null && timeout == null) {
        return failed("no sign of life from " + admin.asked() + " for 11 minutes");
      }
      if (e == null) return count == null ? Main.OK : tooFew(shown);
      switch (e.name()) {
        case "set", "remove" -> {
          print(e);
          // Whoever reads our output has gone: nobody is left to watch for.
          if (System.out.checkError()) return Main.OK;
          if (count != null && ++shown >= count) return Main.OK;
        }
        case "overflow" -> {
          JsonNode o = AdminClient.JSON.readTree(e.data());
          return failed(
              "the watch ended, "
                  + o.path("lost").asLong()
                  + " events were lost: "
                  + o.path("detail").asString());
        }
        case "alive" -> {}
        default -> {
          return failed("the watch ended: the member stops, or the connection broke");
        }
      }
    }
  }

  private int tooFew(long shown) {
    return failed(
        shown + " of " + count + " events within " + DurationOption.words(orZero(timeout)));
  }

  private static Duration orZero(@Nullable Duration d) {
    return d == null ? Duration.ZERO : d;
  }

  private static int failed(String why) {
    System.err.println("muster: " + why);
    return Main.FAILURE;
  }

  private void print(EventReader.Event e) {
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
