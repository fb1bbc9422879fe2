package io.muster.cli;

import java.io.IOException;
import java.io.InputStream;
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
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `muster monitor`: what happens on a member, live.
@Command(
    name = "monitor",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what happens on a member as it happens: members that come, are suspected, fail and"
          + " go; leaders, roles and votes; the gate; how many clients are connected; and lines of"
          + " the log at WARN and above.",
      "Ends with Ctrl-C, after --count events, after --timeout, or when the member stops."
    },
    footer = {
      "",
      "Each event has an id; --after ID begins with the one that came next, as long as the member"
          + " keeps it (the newest 2048), and --after 0 with the oldest it has.",
      "",
      "Exit codes: 0 when it ended as asked; 1 when the member stopped, or when --timeout came"
          + " before --count; 2 usage; 3 not running.",
      "",
      "Example:  muster monitor -c muster.yaml",
      "          muster monitor --type member,gate --json",
      "          muster monitor --after 0 --timeout 1s"
    })
final class MonitorCommand implements Callable<Integer> {
  /// The member sends a comment every ten seconds unless told otherwise.
  private static final Duration SILENCE_MAX = Duration.ofMinutes(11);

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  @Mixin AdminClient admin = new AdminClient();

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--type",
      paramLabel = "TYPES",
      description = "Only some of member, group, gate, clients, log; with commas between.")
  @Nullable String type;

  @Option(
      names = "--after",
      paramLabel = "ID",
      description = "Begin with what came after this event; 0 for all that is kept.")
  @Nullable String after;

  @Option(names = "--count", paramLabel = "N", description = "End after so many events.")
  @Nullable Long count;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      converter = DurationOption.class,
      description =
          "End after so many seconds, or a duration such as 500ms or 2m; from when it watches.")
  @Nullable Duration timeout;

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (count != null && count < 1) {
      throw new ParameterException(spec.commandLine(), "--count: expected 1 or more");
    }
    try (InputStream in = admin.events(Asking.query("/v1/events", "type", type, "after", after));
        EventReader events = new EventReader(in)) {
      if (!admin.json) System.err.println("watching " + admin.asked());
      return show(events, System.nanoTime());
    }
  }

  private int show(EventReader events, long start) throws InterruptedException {
    long shown = 0;
    while (true) {
      Duration limit = timeout;
      Duration left = limit == null ? SILENCE_MAX : limit.minusNanos(System.nanoTime() - start);
      EventReader.Event e = events.next(left);
      if (e == null && limit == null) {
        return failed("no sign of life from " + admin.asked() + " for 11 minutes");
      }
      if (e == null) {
        return count == null ? Main.OK : failed(shown + " of " + count + " events in time");
      }
      switch (e.name()) {
        case "alive" -> {}
        case "" -> {
          return failed("the member stops, or the connection broke");
        }
        case "missed" -> print(e.data(), true);
        default -> {
          print(e.data(), false);
          // Whoever reads our output has gone: nobody is left to watch for.
          if (System.out.checkError()) return Main.OK;
          if (count != null && ++shown >= count) return Main.OK;
        }
      }
    }
  }

  private void print(String data, boolean missed) {
    if (admin.json) {
      System.out.println(data);
      return;
    }
    JsonNode e = AdminClient.JSON.readTree(data);
    if (missed) {
      System.err.println(
          "muster: "
              + e.path("missed").asLong()
              + " events missed: "
              + e.path("detail").asString());
      return;
    }
    Instant at = Instant.ofEpochMilli(e.path("at").asLong());
    System.out.printf(
        "%s  %-7s  %s%n",
        TIME.format(at.atZone(ZoneId.systemDefault())),
        e.path("type").asString(),
        e.path("text").asString());
  }

  private static int failed(String why) {
    System.err.println("muster: " + why);
    return Main.FAILURE;
  }
}
