package io.muster.bench.driver;

/// The part of a run that is measured: what was due in it counts. Opened and closed by the run's
/// thread, read by all.
final class Window {
  private volatile long fromNanos = Long.MAX_VALUE;
  private volatile long toNanos = Long.MAX_VALUE;

  long open() {
    long now = System.nanoTime();
    fromNanos = now;
    return now;
  }

  long close() {
    long now = System.nanoTime();
    toNanos = now;
    return now;
  }

  /// Whether a message due then is measured.
  boolean has(long dueNanos) {
    return dueNanos - fromNanos >= 0 && fromNanos != Long.MAX_VALUE && !after(dueNanos);
  }

  /// Whether the measurement ended before that.
  boolean after(long dueNanos) {
    long to = toNanos;
    return to != Long.MAX_VALUE && dueNanos - to >= 0;
  }
}
