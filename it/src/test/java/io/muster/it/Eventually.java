package io.muster.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/// Waits for conditions with a deadline; the only place in these tests that waits by polling.
final class Eventually {
  private Eventually() {}

  /// Returns once `condition` holds.
  ///
  /// @throws AssertionError naming `what` when it does not within `limit`
  static void within(Duration limit, String what, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    Throwable last = null;
    while (true) {
      try {
        if (condition.call()) return;
        last = null;
      } catch (Exception | AssertionError e) {
        last = e;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what, last);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }
}
