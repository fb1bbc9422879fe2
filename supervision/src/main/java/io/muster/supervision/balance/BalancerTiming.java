package io.muster.supervision.balance;

import java.time.Duration;

/// When a balancer is worked on. Immutable.
///
/// @param coalesce how long changes gather before they are applied together; zero or more
/// @param lookEvery how often it is seen whether the balancer still is as it was left
/// @param retryMin the first pause after a failure; it doubles with each
/// @param retryMax the longest
public record BalancerTiming(
    Duration coalesce, Duration lookEvery, Duration retryMin, Duration retryMax) {
  public static final BalancerTiming DEFAULT =
      new BalancerTiming(
          Duration.ofMillis(200),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofMinutes(1));

  public BalancerTiming {
    if (coalesce.isNegative()) throw new IllegalArgumentException("coalesce: " + coalesce);
    if (!lookEvery.isPositive()) throw new IllegalArgumentException("lookEvery: " + lookEvery);
    if (!retryMin.isPositive() || retryMax.compareTo(retryMin) < 0) {
      throw new IllegalArgumentException("retry: " + retryMin + " to " + retryMax);
    }
  }

  /// The same with another time in which changes gather.
  public BalancerTiming withCoalesce(Duration time) {
    return new BalancerTiming(time, lookEvery, retryMin, retryMax);
  }
}
