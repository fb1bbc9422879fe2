package io.muster.supervision.balance;

import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import java.time.Duration;
import java.util.List;

/// Something happened to a balancer of this member. Immutable.
public sealed interface BalancerEvent {
  BalancerId id();

  /// It uses a revision of its pool. Not said where nothing had to be done and nothing had failed.
  ///
  /// @param took from the first step to the last
  record BalancerApplied(BalancerId id, long revision, Balancer.Applied how, Duration took)
      implements BalancerEvent {}

  /// It could not be brought to a revision; the last good file stays. Said once for each trouble,
  /// however often it is met again; the view counts.
  ///
  /// @param message for operators, at most 4 KiB
  /// @param again when the same is tried again
  record BalancerFailed(
      BalancerId id, long revision, BalancerException.Step step, String message, Duration again)
      implements BalancerEvent {}

  /// It is no more as it was left, and is brought back unless the member is held. Said once for
  /// each difference.
  ///
  /// @param running false when it does not run or does not answer
  /// @param lines how it differs
  record BalancerDrifted(BalancerId id, boolean running, List<String> lines)
      implements BalancerEvent {
    public BalancerDrifted {
      lines = List.copyOf(lines);
    }
  }
}
