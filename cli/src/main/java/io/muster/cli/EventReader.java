package io.muster.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads a stream of server-sent events ahead, on a thread of its own; comments count as signs of
/// life. At most [#AHEAD_MAX] wait: whoever does not take them slows the member's stream down.
final class EventReader implements AutoCloseable {
  private static final int AHEAD_MAX = 1000;

  /// An event, `alive` for a comment, or the end of the stream where there is no name.
  record Event(String name, String data) {
    private static final Event END = new Event("", "");
  }

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>(AHEAD_MAX);
  private final Thread reader;

  /// @param in closed by the caller
  EventReader(InputStream in) {
    reader = Thread.ofVirtual().name("events").start(() -> read(in));
  }

  /// The next one; null when none comes within `limit`.
  @Nullable Event next(Duration limit) throws InterruptedException {
    return limit.isPositive() ? events.poll(limit.toNanos(), TimeUnit.NANOSECONDS) : null;
  }

  private void read(InputStream from) {
    try (var in = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
      String name = "";
      StringBuilder data = new StringBuilder();
      for (String line; (line = in.readLine()) != null; ) {
        if (line.startsWith(":")) {
          events.put(new Event("alive", ""));
        } else if (line.startsWith("event: ")) {
          name = line.substring("event: ".length());
        } else if (line.startsWith("data: ")) {
          data.append(line, "data: ".length(), line.length());
        } else if (line.isEmpty() && !name.isEmpty()) {
          events.put(new Event(name, data.toString()));
          name = "";
          data.setLength(0);
        }
      }
    } catch (IOException e) {
      // The end, as said below.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    try {
      events.put(Event.END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    reader.interrupt();
  }
}
