package io.muster.membership.core;

import io.muster.kernel.MemberId;
import io.muster.membership.Member;
import java.util.List;

/// A member and since when it stands as it does; times are the core's monotonic nanoseconds.
///
/// @param voices who doubts it, the longest first; empty unless it is suspected
public record Standing(Member member, long sinceNanos, List<Voice> voices) {
  public Standing {
    voices = List.copyOf(voices);
  }

  /// One member's doubt.
  ///
  /// @param sinceNanos since when it has had no answer
  /// @param refused whether the suspect's machine refuses its connections
  public record Voice(MemberId by, long sinceNanos, boolean refused) {}
}
