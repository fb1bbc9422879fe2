package io.muster.protocols.happn;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.membership.KnownMembers;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A cluster of one member: nobody to link to, nobody to come.
final class Alone implements Links {
  private final Member self =
      new Member(
          new MemberId("0".repeat(32)),
          "alone",
          1,
          EnumSet.allOf(Role.class),
          "happn-cluster-node",
          new Address("127.0.0.1", 1),
          Map.of(),
          MemberState.ALIVE);

  final Membership membership = new KnownMembers(self);

  @Override
  public void start() {}

  @Override
  public Address listening() {
    return self.address();
  }

  @Override
  public void onCall(LinkChannel channel, CallHandler handler) {}

  @Override
  public void onMessage(LinkChannel channel, MessageHandler handler) {}

  @Override
  public void onStream(String service, StreamHandler handler) {}

  @Override
  public LinkStream open(Address peer, String service, byte[] head, Duration limit) {
    throw new MusterException(ErrorCode.LINK_UNREACHABLE, "nobody is there");
  }

  @Override
  public AutoCloseable observe(LinkObserver observer) {
    return () -> {};
  }

  @Override
  public void keep(Address peer) {}

  @Override
  public void forget(Address peer, String reason) {}

  @Override
  public Collection<LinkPeer> peers() {
    return List.of();
  }

  @Override
  public boolean linked(Address peer) {
    return false;
  }

  @Override
  public CompletableFuture<byte[]> call(
      Address peer, LinkChannel channel, byte[] request, Duration timeout) {
    return CompletableFuture.failedFuture(new IllegalStateException("nobody is there"));
  }

  @Override
  public boolean send(Address peer, LinkChannel channel, byte[] message) {
    return false;
  }

  @Override
  public void close() {}
}
