package io.muster.supervision.probe;

import io.muster.spi.watch.Target;
import java.util.List;

/// What a member probes in one cluster. Immutable.
///
/// @param passWithoutChecks a target without any check is well; otherwise nobody ever knows
/// @param targets disabled ones and those in maintenance included: how they are is still of
///     interest
public record ProbePlan(
    String cluster, List<CheckPlan> checks, boolean passWithoutChecks, List<Target> targets) {
  public ProbePlan {
    checks = List.copyOf(checks);
    targets = List.copyOf(targets);
  }
}
