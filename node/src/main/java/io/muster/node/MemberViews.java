package io.muster.node;

import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.registry.Registration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Members as operators see them.
final class MemberViews {
  private MemberViews() {}

  /// Registered members that nobody has seen since this member started are shown as failed.
  ///
  /// @param up how long this member has run
  /// @return by name
  static List<Membership.View> withAbsent(
      List<Membership.View> seen, List<Registration> registered, Duration up) {
    List<Membership.View> members = new ArrayList<>(seen);
    for (Registration r : registered) {
      if (seen.stream().anyMatch(v -> v.member().id().equals(r.id()))) continue;
      Member absent =
          new Member(
              r.id(),
              r.name(),
              r.incarnation(),
              r.roles(),
              r.service(),
              r.address(),
              Map.of(),
              MemberState.FAILED);
      members.add(new Membership.View(absent, up, List.of()));
    }
    members.sort(Comparator.comparing(v -> v.member().name()));
    return members;
  }
}
