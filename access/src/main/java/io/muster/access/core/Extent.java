package io.muster.access.core;

/// How much somebody may see of what a pattern with `**` covers.
public enum Extent {
  /// Without asking for each path.
  ALL,
  /// What is allowed when it is asked for by itself, perhaps nothing.
  SOME,
  NONE;

  /// What two who must both allow it leave.
  public Extent and(Extent other) {
    if (this == NONE || other == NONE) return NONE;
    return this == ALL ? other : SOME;
  }
}
