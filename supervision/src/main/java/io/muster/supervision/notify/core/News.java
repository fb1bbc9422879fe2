package io.muster.supervision.notify.core;

import java.time.Instant;

/// One thing that happened to one target, or to the members. Immutable.
///
/// @param cluster empty for what concerns the members themselves
/// @param subject the target's address, or a member's name
/// @param event such as `nodes.state`
/// @param state what holds now: `critical`, `passing`, `quorum_lost`, …
/// @param severity how bad that is
/// @param text why, on one line
/// @param time when it was decided
public record News(
    String cluster,
    String subject,
    String event,
    String state,
    Severity severity,
    String text,
    Instant time) {
  /// How bad a state is. [#GOOD] ends what a worse one began.
  public enum Severity {
    GOOD,
    NOTICE,
    WARNING,
    CRITICAL
  }
}
