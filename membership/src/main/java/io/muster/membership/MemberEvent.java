package io.muster.membership;

/// A change of the member list, told in order on the control loop.
public sealed interface MemberEvent {
  Member member();

  record MemberJoined(Member member) implements MemberEvent {}

  /// Name, roles, address or labels changed.
  record MemberUpdated(Member member) implements MemberEvent {}

  record MemberSuspected(Member member) implements MemberEvent {}

  /// A suspicion was refuted.
  record MemberTrusted(Member member) implements MemberEvent {}

  record MemberFailed(Member member) implements MemberEvent {}

  record MemberLeft(Member member) implements MemberEvent {}
}
