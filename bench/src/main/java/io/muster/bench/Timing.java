package io.muster.bench;

import java.time.Duration;

/// How long a run takes.
///
/// @param warmup load without measuring, so that compilers and caches settle; up to an hour
/// @param measured how long is measured, a tenth of a second to a day
public record Timing(Duration warmup, Duration measured) {
  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public Timing {
    Expect.range("warmup", warmup.toNanos() / 1e9, 0, 3600);
    Expect.range("secs", measured.toNanos() / 1e9, 0.1, 86_400);
  }
}
