package io.muster.membership.core;

import io.muster.kernel.Address;
import io.muster.membership.MemberEvent;

/// What the detector wants done.
public sealed interface Effect {
  /// Send a datagram.
  record Send(Address to, byte[] datagram) implements Effect {}

  /// Tell the world above.
  record Tell(MemberEvent event) implements Effect {}

  /// Exchange member lists over a link.
  record Exchange(Address with) implements Effect {}

  /// Keep a link to this address up.
  record Keep(Address peer) implements Effect {}

  /// Give the link up: the member is gone for good.
  record Forget(Address peer, String reason) implements Effect {}
}
