package io.muster.supervision.balance;

import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A balancer of this member, as operators see it. Immutable.
///
/// @param kind its plugin's name
/// @param held nothing is applied: the member has no quorum
/// @param busy it is worked on now
/// @param wanted revision of the newest pool; -1 before there is one
/// @param applied revision it was seen to use last; -1 before the first
/// @param lastApplied the last run that ended well
/// @param trouble why it is not where it should be; empty when the last run ended well
/// @param running as last seen; empty before the first run or look
/// @param drift how it differed from what was applied, one line each, when it was last looked at
/// @param looked when that was
/// @param files what was rendered last, whether it could be applied or not
/// @param notes what of the pool this software cannot do
/// @param counters since the member started
public record BalancerView(
    BalancerId id,
    String kind,
    boolean held,
    boolean busy,
    long wanted,
    long applied,
    Optional<Success> lastApplied,
    Optional<Trouble> trouble,
    Optional<Boolean> running,
    List<String> drift,
    Optional<Instant> looked,
    List<Balancer.RenderedFile> files,
    List<String> notes,
    Counters counters) {
  public BalancerView {
    drift = List.copyOf(drift);
    files = List.copyOf(files);
    notes = List.copyOf(notes);
  }

  /// @param at its end
  /// @param took from the first step to the last
  public record Success(Instant at, Balancer.Applied how, Duration took) {}

  /// @param since the first of the failures in a row
  /// @param at the last one
  /// @param times how many in a row
  public record Trouble(
      Instant since, Instant at, long times, BalancerException.Step step, String message) {}

  /// How often what happened.
  ///
  /// @param unchanged runs that found nothing to do
  /// @param runtime runs that needed no new process
  /// @param reloaded runs that replaced a process
  /// @param started runs that started one
  /// @param failed runs that failed
  /// @param drifted looks that found it different
  /// @param applyNanos time spent in all runs
  public record Counters(
      long unchanged,
      long runtime,
      long reloaded,
      long started,
      long failed,
      long drifted,
      long applyNanos) {}
}
