package io.muster.kernel;

import java.time.Duration;

/// Runs of one task, each a period after the end of the one before, until cancelled.
final class Series implements Timers.Timer {
  private final Timers timers;
  private final Duration period;
  private final Runnable task;
  private volatile boolean cancelled;

  Series(Timers timers, Duration period, Runnable task) {
    this.timers = timers;
    this.period = period;
    this.task = task;
  }

  void next() {
    if (!cancelled) timers.after(period, this::run);
  }

  private void run() {
    if (cancelled) return;
    try {
      task.run();
    } finally {
      next();
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
  }
}
