package io.muster.bench.driver;

import io.muster.bench.core.Pace;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Sends what is due, on one event loop, until the window closes.
///
/// What cannot be sent because a connection takes no more stays due: it is sent later with its old
/// time, and what is never sent is counted with the time it waited in vain.
final class Pacer {
  /// Sends message `k`.
  interface Sender {
    /// @return false when nothing can be sent now; it is asked again for the same message
    boolean send(long k, long dueNanos);

    /// Flushes what was sent.
    void flush();

    /// Message `k` was never sent and has waited so long.
    void unsent(long k, long waitedNanos);
  }

  private static final int BURST = 256;
  private static final long REST_NANOS = 50_000;
  private static final long CLOGGED_NANOS = 200_000;
  private final EventLoop loop;
  private final Pace pace;
  private final Window window;
  private final Sender sender;
  private final Histogram late = new Histogram(TimeUnit.HOURS.toNanos(1), 3);
  private final CompletableFuture<Void> finished = new CompletableFuture<>();
  private long next;
  private long unsent;

  Pacer(EventLoop loop, Pace pace, Window window, Sender sender) {
    this.loop = loop;
    this.pace = pace;
    this.window = window;
    this.sender = sender;
  }

  void start() {
    loop.execute(this::turn);
  }

  /// Completes when everything due before the end of the window has been sent.
  CompletableFuture<Void> finished() {
    return finished;
  }

  private void turn() {
    if (finished.isDone()) return;
    long now = System.nanoTime();
    long due = pace.dueNanos(next);
    boolean clogged = false;
    int n = 0;
    while (n < BURST && due - now <= 0 && !window.after(due)) {
      if (!sender.send(next, due)) {
        clogged = true;
        break;
      }
      if (window.has(due))
        late.recordValue(Math.clamp(now - due, 0, late.getHighestTrackableValue()));
      next++;
      n++;
      due = pace.dueNanos(next);
    }
    if (n > 0) sender.flush();
    if (window.after(due)) {
      finished.complete(null);
    } else if (n == BURST) {
      loop.execute(this::turn);
    } else {
      long rest = clogged ? CLOGGED_NANOS : Math.max(REST_NANOS, due - System.nanoTime());
      loop.schedule(this::turn, rest, TimeUnit.NANOSECONDS);
    }
  }

  /// Stops, and counts what is left as unsent.
  void giveUp() {
    loop.execute(
        () -> {
          if (finished.isDone()) return;
          long now = System.nanoTime();
          for (long due = pace.dueNanos(next); !window.after(due); due = pace.dueNanos(++next)) {
            if (!window.has(due)) continue;
            unsent++;
            sender.unsent(next, now - due);
          }
          finished.complete(null);
        });
  }

  long unsent() {
    return unsent;
  }

  /// How late 99 of 100 messages were sent; only after the loops have ended.
  static long lateP99Nanos(List<Pacer> all) {
    Histogram h = new Histogram(TimeUnit.HOURS.toNanos(1), 3);
    for (Pacer p : all) h.add(p.late);
    return h.getValueAtPercentile(99);
  }
}
