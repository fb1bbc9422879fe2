package io.muster.bench.driver;

import io.muster.bench.Latency;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/// What one event loop counts: written on it, the count readable by all.
final class Tally {
  private static final long LONGEST = TimeUnit.HOURS.toNanos(1);
  private final Histogram waits = new Histogram(LONGEST, 3);
  private final AtomicLong count = new AtomicLong();
  private final Window window;
  private long own;

  Tally(Window window) {
    this.window = window;
  }

  /// One more came or was answered, now.
  void done(long dueNanos) {
    count.lazySet(++own);
    if (window.has(dueNanos)) waited(System.nanoTime() - dueNanos, 1);
  }

  void waited(long nanos, long times) {
    waits.recordValueWithCount(Math.clamp(nanos, 0, LONGEST), times);
  }

  static long sum(List<Tally> all) {
    long n = 0;
    for (Tally t : all) n += t.count.get();
    return n;
  }

  /// All together; only after the loops have ended.
  static Latency latency(List<Tally> all) {
    Histogram h = new Histogram(LONGEST, 3);
    for (Tally t : all) h.add(t.waits);
    return new Latency(
        h.getValueAtPercentile(50),
        h.getValueAtPercentile(99),
        h.getValueAtPercentile(99.9),
        h.getMaxValue());
  }
}
