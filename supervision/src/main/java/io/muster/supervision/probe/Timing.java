package io.muster.supervision.probe;

import io.muster.spi.watch.Health;
import java.time.Duration;

/// How often a target is probed, and when findings change an opinion. Immutable.
///
/// @param every from start to start, 100 ms at least
/// @param timeout of one probe
/// @param rise findings in a row that are not critical before a critical target is taken for well
/// @param fall critical findings in a row before a target is taken for critical
/// @param initialDelay before the first probe, on top of the spread that keeps probes of many
///     targets apart
/// @param jitter the part of `every` by which a probe may be late at random, 0 to 0.1
/// @param severity what a failure counts as: critical, or only a warning
/// @param afterFail instead of `every` after a failed probe; zero for the same
public record Timing(
    Duration every,
    Duration timeout,
    int rise,
    int fall,
    Duration initialDelay,
    double jitter,
    Health severity,
    Duration afterFail) {
  public static final Duration EVERY_MIN = Duration.ofMillis(100);

  public Timing {
    if (every.compareTo(EVERY_MIN) < 0) throw new IllegalArgumentException("every: " + every);
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("timeout: " + timeout);
    }
    if (rise < 1 || fall < 1) throw new IllegalArgumentException("rise, fall: at least 1");
    if (jitter < 0 || jitter > 0.1) throw new IllegalArgumentException("jitter: " + jitter);
  }

  /// How long an opinion lives without a new finding: `max(3 × every, every + 2 × timeout, 5 s)`.
  public Duration lifetime() {
    Duration longest = every.multipliedBy(3);
    Duration patient = every.plus(timeout.multipliedBy(2));
    if (patient.compareTo(longest) > 0) longest = patient;
    Duration least = Duration.ofSeconds(5);
    return longest.compareTo(least) > 0 ? longest : least;
  }
}
