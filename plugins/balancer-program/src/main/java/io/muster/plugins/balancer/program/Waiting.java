package io.muster.plugins.balancer.program;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what a foreign program does when it likes, by looking again and again.
public final class Waiting {
  private static final long PAUSE_NANOS = 20_000_000;

  private Waiting() {}

  /// Blocks until `condition` holds.
  ///
  /// @return false when it did not within the time, or the thread was interrupted
  public static boolean until(Duration within, BooleanSupplier condition) {
    long deadline = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) return false;
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return true;
  }
}
