package io.muster.bench;

import java.time.Duration;

/// Health checks by HTTP of many targets of this machine.
///
/// @param targets 1 to 100,000
/// @param every from probe to probe of a target, 0.1 s to an hour
/// @param haproxy measure the same work by haproxy as well, where it is installed
public record ChecksPlan(int targets, Duration every, boolean haproxy) {
  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public ChecksPlan {
    Expect.range("targets", targets, 1, 100_000);
    Expect.range("every", every.toNanos() / 1e9, 0.1, 3600);
  }
}
