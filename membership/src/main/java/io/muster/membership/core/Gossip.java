package io.muster.membership.core;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import java.util.List;

/// A datagram between members.
sealed interface Gossip {
  MemberId sender();

  List<News> news();

  /// Asks for an [Ack] of the same number; `target` guards against a new process at an old address.
  record Ping(MemberId sender, long number, MemberId target, List<News> news) implements Gossip {}

  record Ack(MemberId sender, long number, List<News> news) implements Gossip {}

  /// Asks the receiver to ping `target` and to pass its answer on.
  record PingReq(MemberId sender, long number, MemberId target, Address address, List<News> news)
      implements Gossip {}

  /// News only.
  record Tell(MemberId sender, List<News> news) implements Gossip {}
}
