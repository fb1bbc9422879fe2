package io.muster.supervision.trigger;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A run of a trigger as users see it. Immutable.
///
/// @param trigger id in the cluster
/// @param event such as `nodes.active`
/// @param run `every`, `leader` or `local`
/// @param member name of who ran it
/// @param attempt 1, or more where it was taken over from another member
/// @param ended absent while it runs
/// @param outcome `running`, `done`, `failed`, `passed_over` (a newer firing took its place, or too
///     many waited) or `unknown`
/// @param message why, on one line
/// @param actions in the order of `do`; empty for a run that another member recorded
public record RunView(
    String cluster,
    String trigger,
    String event,
    String eventId,
    String node,
    String run,
    String member,
    int attempt,
    Instant started,
    Optional<Instant> ended,
    String outcome,
    String message,
    List<ActionView> actions) {
  public RunView {
    actions = List.copyOf(actions);
  }

  /// One action of a run.
  ///
  /// @param tries 1, and one more for each retry
  /// @param exitCodes of its commands in the last try
  /// @param output of the last try: its first and last 8 KiB
  public record ActionView(
      String type,
      boolean done,
      String message,
      int tries,
      List<Integer> exitCodes,
      String output) {
    public ActionView {
      exitCodes = List.copyOf(exitCodes);
    }
  }
}
