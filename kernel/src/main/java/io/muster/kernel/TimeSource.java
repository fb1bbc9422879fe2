package io.muster.kernel;

import java.time.Instant;

/// Where time comes from: an argument everywhere, so that a simulation can bend it.
public interface TimeSource {
  /// Monotonic nanoseconds of arbitrary origin; compare by subtraction only.
  long nanos();

  /// Wall-clock time; may jump.
  Instant now();

  /// The clocks of this machine.
  static TimeSource system() {
    return new TimeSource() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public Instant now() {
        return Instant.now();
      }
    };
  }
}
