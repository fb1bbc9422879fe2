package io.muster.kernel;

import java.time.Duration;

/// Runs things later, on the thread that owns the timers.
public interface Timers {
  /// Runs `task` once after `delay`, unless cancelled before.
  Timer after(Duration delay, Runnable task);

  /// Runs `task` again and again, `period` after the end of the run before; a run that fails does
  /// not end the series.
  default Timer every(Duration period, Runnable task) {
    Series series = new Series(this, period, task);
    series.next();
    return series;
  }

  /// A pending run.
  @FunctionalInterface
  interface Timer {
    /// Prevents the run if it has not begun; safe to call twice and from any thread.
    void cancel();
  }
}
