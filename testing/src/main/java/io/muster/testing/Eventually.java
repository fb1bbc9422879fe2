package io.muster.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Waits for conditions with a deadline; the only place in all tests that waits by polling.
public final class Eventually {
  private Eventually() {}

  /// Returns once `condition` holds.
  ///
  /// @throws AssertionError naming `what` when it does not within `limit`
  public static void within(Duration limit, String what, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    @Nullable Throwable last = null;
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
