package io.muster.store.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.Secret;
import io.muster.link.LinkChannel;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkPeer;
import io.muster.link.LinkSettings;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.KnownMembers;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ForwardingStoreTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ListQuery ALL = new ListQuery("/*", 0, 0);
  private final Random random = Seeds.random(5);
  private final List<LinkNetwork> started = new ArrayList<>();
  private final List<ForwardingStore> stores = new ArrayList<>();

  @AfterEach
  void stop() {
    stores.forEach(ForwardingStore::close);
    started.forEach(LinkNetwork::close);
  }

  /// Frames of 1 MiB, a queue of 4 MiB: far less than what is listed.
  private LinkNetwork member(String name) {
    LinkNetwork n =
        new LinkNetwork(
            new LinkSettings(
                "127.0.0.1",
                0,
                Optional.empty(),
                Optional.empty(),
                1 << 20,
                4 << 20,
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                10_000),
            new LinkIdentity("blue", MemberId.random(random), name, 1),
            List.of(new Secret("secret secret secret")));
    n.onCall(LinkChannel.RAFT, (_, request) -> CompletableFuture.completedFuture(request));
    n.start();
    started.add(n);
    return n;
  }

  /// Control members at addresses, as seen by a member that is none.
  private static Membership controls(LinkNetwork... networks) {
    List<Member> all = new ArrayList<>();
    for (LinkNetwork n : networks) all.add(member(n.listening(), Role.CONTROL));
    return new KnownMembers(member(new Address("127.0.0.1", 1), Role.GATEWAY), all);
  }

  private static Member member(Address address, Role role) {
    return new Member(
        new MemberId(String.format("%032x", address.port())),
        "at " + address.port(),
        1,
        EnumSet.of(role),
        "s",
        address,
        Map.of(),
        MemberState.ALIVE);
  }

  /// Has records, or a failure, to list.
  private static class Listed implements RecordStore {
    List<PathRecord> records = List.of();
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public StoreHealth health() {
      return StoreHealth.GOOD;
    }

    @Override
    public CompletableFuture<List<PathRecord>> list(ListQuery query) {
      asked.incrementAndGet();
      return CompletableFuture.completedFuture(records);
    }

    @Override
    public CompletableFuture<Optional<PathRecord>> get(String path) {
      return CompletableFuture.completedFuture(records.stream().findFirst());
    }

    @Override
    public CompletableFuture<Long> count(String pattern, Criteria criteria) {
      return CompletableFuture.completedFuture((long) records.size());
    }

    @Override
    public CompletableFuture<Written> write(Write write) {
      return CompletableFuture.failedFuture(new StoreException(Kind.REFUSED, "read only", null));
    }

    @Override
    public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
      return CompletableFuture.failedFuture(new StoreException(Kind.REFUSED, "read only", null));
    }

    @Override
    public void close() {}
  }

  private PathRecord record(int i, int bytes) {
    byte[] data = new byte[bytes];
    random.nextBytes(data);
    return new PathRecord("/r/" + i, data, i, i + 1, "me", null, i);
  }

  private ForwardingStore store(Links links, LinkNetwork... controls) {
    ForwardingStore store = new ForwardingStore(links, controls(controls), SOON);
    stores.add(store);
    return store;
  }

  private static Kind kindOf(CompletableFuture<?> failed) {
    try {
      failed.orTimeout(60, TimeUnit.SECONDS).join();
      throw new AssertionError("did not fail");
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException s) return s.kind();
      throw e;
    }
  }

  /// 64 MiB: sixty-four frames, sixteen queues, five hundred windows.
  @Test
  void aListLargerThanAnyFramePassesWhileCallsStayQuick() throws Exception {
    LinkNetwork gateway = member("gateway");
    LinkNetwork control = member("control");
    Listed listed = new Listed();
    List<PathRecord> records = new ArrayList<>();
    for (int i = 0; i < 8192; i++) records.add(record(i, 8 << 10));
    listed.records = records;
    StoreCalls.serve(control, listed, SOON);
    ForwardingStore store = store(gateway, control);
    assertThat(store.count("/*").get(20, TimeUnit.SECONDS)).isEqualTo(8192);

    CompletableFuture<List<PathRecord>> list = store.list(ALL);
    List<Long> nanos = new ArrayList<>();
    while (!list.isDone() || nanos.isEmpty()) {
      long start = System.nanoTime();
      gateway
          .call(control.listening(), LinkChannel.RAFT, new byte[100], SOON)
          .get(20, TimeUnit.SECONDS);
      nanos.add(System.nanoTime() - start);
    }

    List<PathRecord> found = list.get(60, TimeUnit.SECONDS);
    assertThat(found).hasSize(8192);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).path()).isEqualTo(records.get(i).path());
      assertThat(found.get(i).data()).isEqualTo(records.get(i).data());
    }
    nanos.sort(null);
    long p95 = nanos.get(nanos.size() * 95 / 100) / 1000;
    assertThat(p95).as("us, of " + nanos.size() + " calls").isLessThan(100_000);
  }

  @Test
  void moreListsThanAreReadAtATimeWaitForTheirTurn() {
    LinkNetwork gateway = member("gateway");
    LinkNetwork control = member("control");
    Listed listed = new Listed();
    listed.records = List.of(record(1, 300_000));
    StoreCalls.serve(control, listed, SOON);
    ForwardingStore store = store(gateway, control);

    List<CompletableFuture<List<PathRecord>>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) all.add(store.list(ALL));

    for (var one : all) assertThat(one.orTimeout(60, TimeUnit.SECONDS).join()).hasSize(1);
    assertThat(listed.asked).hasValue(200);
  }

  @Test
  void whatTheStoreSaysComesAsItIs() {
    LinkNetwork gateway = member("gateway");
    LinkNetwork control = member("control");
    StoreCalls.serve(
        control,
        new Listed() {
          @Override
          public CompletableFuture<List<PathRecord>> list(ListQuery query) {
            return CompletableFuture.failedFuture(
                new StoreException(Kind.REFUSED, "narrow the pattern", null));
          }
        },
        SOON);
    ForwardingStore store = store(gateway, control);

    assertThat(kindOf(store.list(ALL))).isEqualTo(Kind.REFUSED);
    assertThatThrownBy(() -> store.list(ALL).join()).hasMessageContaining("narrow the pattern");
    assertThat(kindOf(store.list(new ListQuery("*".repeat(20_000), 0, 0)))).isEqualTo(Kind.REFUSED);
  }

  @Test
  void aControlMemberThatHasGoneIsReplaced() {
    LinkNetwork gateway = member("gateway");
    LinkNetwork gone = member("gone");
    LinkNetwork notYet = member("not yet");
    LinkNetwork control = member("control");
    gone.close();
    Listed listed = new Listed();
    listed.records = List.of(record(1, 10));
    StoreCalls.serve(control, listed, SOON);

    assertThat(store(gateway, gone, notYet, control).list(ALL).join()).hasSize(1);
    assertThat(kindOf(store(gateway, gone, notYet).list(ALL))).isEqualTo(Kind.UNAVAILABLE);
    assertThat(kindOf(store(gateway).list(ALL))).isEqualTo(Kind.UNAVAILABLE);
  }

  /// Links to a member that knows no streams.
  private record WithoutStreams(LinkNetwork real) implements Links {
    @Override
    public LinkStream open(Address peer, String service, byte[] head, Duration limit) {
      throw new MusterException(ErrorCode.LINK_STREAMS_UNSUPPORTED, "an older one");
    }

    @Override
    public CompletableFuture<byte[]> call(
        Address peer, LinkChannel channel, byte[] request, Duration timeout) {
      return real.call(peer, channel, request, timeout);
    }

    @Override
    public void start() {}

    @Override
    public Address listening() {
      return real.listening();
    }

    @Override
    public void onCall(LinkChannel channel, CallHandler handler) {}

    @Override
    public void onMessage(LinkChannel channel, MessageHandler handler) {}

    @Override
    public void onStream(String service, StreamHandler handler) {}

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
      return real.peers();
    }

    @Override
    public boolean linked(Address peer) {
      return real.linked(peer);
    }

    @Override
    public boolean send(Address peer, LinkChannel channel, byte[] message) {
      return real.send(peer, channel, message);
    }

    @Override
    public void close() {}
  }

  @Test
  void anOlderControlMemberAnswersAListByACall() {
    LinkNetwork gateway = member("gateway");
    LinkNetwork control = member("control");
    Listed listed = new Listed();
    listed.records = List.of(record(1, 10), record(2, 20));
    StoreCalls.serve(control, listed, SOON);

    assertThat(store(new WithoutStreams(gateway), control).list(ALL).join()).hasSize(2);
  }
}
