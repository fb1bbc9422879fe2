package io.muster.access.driver;

import io.muster.access.Action;
import io.muster.access.core.Extent;
import io.muster.access.core.Rights;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Rights with the decisions made so far. Safe on any thread.
///
/// Publishers set the same paths again and again: a decision costs one lookup then. When a table of
/// decisions is full it begins anew, which keeps whoever asks for ever new paths from filling
/// memory.
final class CachedRights {
  private static final int DECISIONS_MAX = 2500;
  private static final int ACTIONS = Action.values().length;

  /// Of rights that all sessions of a user share.
  static final long SHARED = -1;

  private final Rights rights;
  private final Map<String, Boolean>[] decided;

  /// Of rights that one session has for itself: up to which change they are right.
  final long generation;

  /// Of shared rights: whether something changed since; whoever sees it gets new ones.
  volatile boolean stale;

  @SuppressWarnings({"unchecked", "rawtypes"}) // An array of maps.
  CachedRights(Rights rights, long generation) {
    this.rights = rights;
    this.generation = generation;
    this.decided = new Map[ACTIONS];
    for (int i = 0; i < ACTIONS; i++) decided[i] = new ConcurrentHashMap<>(1);
  }

  /// How much of a pattern may be seen; asked once for a subscription, so not remembered.
  Extent extent(Action action, String pattern) {
    return rights.extent(action, pattern);
  }

  boolean allows(Action action, String path) {
    if (rights.everything()) return true;
    Map<String, Boolean> known = decided[action.ordinal()];
    Boolean before = known.get(path);
    if (before != null) return before;
    boolean allowed = rights.allows(action, path);
    if (known.size() >= DECISIONS_MAX) known.clear();
    known.put(path, allowed);
    return allowed;
  }
}
