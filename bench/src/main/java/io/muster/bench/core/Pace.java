package io.muster.bench.core;

/// When each message of an even rate is due.
///
/// The schedule stands from the start and does not move when somebody stalls: a message that could
/// not be sent in time keeps its due time, so the wait of all those behind the stall is measured
/// too (what is left out otherwise is known as coordinated omission).
///
/// @param startNanos when the first message is due
/// @param perSecond above 0
public record Pace(long startNanos, double perSecond) {
  public Pace {
    if (!(perSecond > 0)) throw new IllegalArgumentException("expected a rate above 0");
  }

  /// When message `k`, counted from 0, is due.
  public long dueNanos(long k) {
    return startNanos + (long) (k * (1e9 / perSecond));
  }
}
