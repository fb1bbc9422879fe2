package io.muster.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// A command that prints events of a member as they happen, until it is told to end.
abstract class EventsCommand implements Callable<Integer> {
  /// The member sends a comment every ten seconds unless told otherwise.
  private static final Duration SILENCE_MAX = Duration.ofMinutes(11);

  @Mixin AdminClient admin = new AdminClient();

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--count", paramLabel = "N", description = "End after so many events.")
  @Nullable Long count;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      converter = DurationOption.class,
      description = "End after so many seconds, or a duration such as 500ms or 2m.")
  @Nullable Duration timeout;

  /// Where the stream is.
  abstract String route();

  /// What is watched, in words.
  abstract String what();

  /// One event, on one line.
  abstract void print(EventReader.Event e);

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (count != null && count < 1) {
      throw new ParameterException(spec.commandLine(), "--count: expected 1 or more");
    }
    long start = System.nanoTime();
    try (InputStream in = admin.events(route());
        EventReader events = new EventReader(in)) {
      if (!admin.json) System.err.println("watching " + what() + " at " + admin.asked());
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
        case "set", "remove", "message" -> {
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

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
