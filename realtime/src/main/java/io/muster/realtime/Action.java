package io.muster.realtime;

/// What happened at a path.
public enum Action {
  SET,
  REMOVE
}
