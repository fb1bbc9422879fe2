package io.muster.membership;

/// How sure we are that a member is here.
public enum MemberState {
  ALIVE,
  /// Did not answer; still counted as here until the suspicion ripens or is refuted.
  SUSPECT,
  /// Declared gone by the failure detector.
  FAILED,
  /// Said good-bye.
  LEFT;

  /// Whether a member in this state counts as here.
  public boolean here() {
    return this == ALIVE || this == SUSPECT;
  }
}
