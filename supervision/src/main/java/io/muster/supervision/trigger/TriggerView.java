package io.muster.supervision.trigger;

import java.util.List;

/// A trigger as users see it. Immutable.
///
/// @param on such as `nodes.active`
/// @param actions their types
/// @param fired how often its event has happened to this member's knowledge in this life
/// @param done runs that ended well on this member
/// @param failed runs that did not
/// @param passedOver firings that never ran, because a newer one took their place or too many
///     waited
public record TriggerView(
    String cluster,
    String id,
    String on,
    String run,
    String queue,
    boolean redeliver,
    List<String> actions,
    int waiting,
    int running,
    long fired,
    long done,
    long failed,
    long passedOver) {
  public TriggerView {
    actions = List.copyOf(actions);
  }
}
