package io.muster.membership.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Mailbox;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.TaskGroup;
import io.muster.kernel.TimeSource;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.membership.Discovery;
import io.muster.membership.Member;
import io.muster.membership.MemberEvent;
import io.muster.membership.Membership;
import io.muster.membership.MembershipSettings;
import io.muster.membership.core.Effect;
import io.muster.membership.core.GossipCodec;
import io.muster.membership.core.SealedBox;
import io.muster.membership.core.Standing;
import io.muster.membership.core.SwimCore;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Membership] by gossip. The datagram socket has the links' host and port.
public final class SwimMembership implements Membership {
  private static final Logger log = LoggerFactory.getLogger(SwimMembership.class);
  private static final Duration TICK = Duration.ofMillis(20);
  private static final byte REFUSED = 'x';
  private static final byte LIST = 'l';
  private static final int WAITING_MAX = 4096;
  private static final Duration AGAIN = Duration.ofMillis(250);

  /// Members asked at once for the others by a refresh.
  private static final int ASKED_MAX = 32;
  private static final Duration STOP_DEADLINE = Duration.ofSeconds(2);

  /// An opened datagram on its way to the core.
  private record Datagram(Address from, byte[] bytes) {}

  private final MembershipSettings settings;
  private final Discovery discovery;
  private final Links links;
  private final ControlLoop loop;
  private final TimeSource time;
  private final SwimCore core;
  private final SealedBox sealing;
  private final SealedBox opening;
  private final DatagramSocket socket;
  private final List<Consumer<MemberEvent>> observers = new CopyOnWriteArrayList<>();
  private final Mailbox<Datagram> datagrams;
  private final TaskGroup threads;
  private final AtomicLong unreadable = new AtomicLong();
  private final Map<String, InetAddress> resolved = new HashMap<>();
  private volatile List<Member> members;
  private volatile List<Standing> standings;
  private long shown;
  private volatile boolean closed;

  /// Whom the source named last; on the loop.
  private List<Address> named = List.of();

  /// Whether the source is being asked; on the loop.
  private boolean looking;

  /// With `membership.hosts` for its source, asked at the start.
  public SwimMembership(
      Member self,
      MembershipSettings settings,
      String host,
      Links links,
      List<byte[]> keys,
      ControlLoop loop,
      TimeSource time) {
    this(
        self,
        settings,
        Discovery.of(settings.hosts(), Optional.empty()),
        host,
        links,
        keys,
        loop,
        time);
  }

  /// Binds the datagram socket and registers with the links, which must listen already; members are
  /// asked with [#join].
  ///
  /// @param self with the links' address
  /// @param discovery whom to ask for the others; closed by its owner
  /// @param keys of 32 bytes for the datagrams, the current one first
  public SwimMembership(
      Member self,
      MembershipSettings settings,
      Discovery discovery,
      String host,
      Links links,
      List<byte[]> keys,
      ControlLoop loop,
      TimeSource time) {
    this.settings = settings;
    this.discovery = discovery;
    this.links = links;
    this.loop = loop;
    this.time = time;
    SecureRandom random = new SecureRandom();
    this.core = new SwimCore(self, settings, random, time.nanos());
    this.sealing = new SealedBox(keys, random.nextInt());
    this.opening = new SealedBox(keys, random.nextInt());
    this.members = List.of(self);
    this.standings = core.standings();
    // Full means that the loop has been busy for long: newer gossip makes up for what is refused.
    this.datagrams = new Mailbox<>("gossip", WAITING_MAX, loop, this::arrived);
    this.threads =
        new TaskGroup(
            "gossip",
            Thread.ofPlatform().daemon(true),
            STOP_DEADLINE,
            e -> log.error("gossip_stopped: others will take this member for failed", e));
    try {
      socket = new DatagramSocket(new InetSocketAddress(host, self.address().port()));
      socket.setReceiveBufferSize(1 << 20);
    } catch (SocketException e) {
      throw new MusterException(
          ErrorCode.PORT_BUSY,
          "link.port: cannot receive datagrams on "
              + host
              + ":"
              + self.address().port()
              + " ("
              + e.getMessage()
              + ")",
          e);
    }
    links.onCall(LinkChannel.MEMBERSHIP, this::exchange);
    links.observe(
        new Links.LinkObserver() {
          @Override
          public void up(LinkPeer peer) {
            loop.execute(() -> exchangeWith(peer.address()));
          }

          @Override
          public void down(LinkPeer peer, String reason) {
            loop.execute(() -> perform(core.linkDown(peer.address(), time.nanos())));
          }

          @Override
          public void unreachable(Address peer, boolean refused) {
            if (refused) loop.execute(() -> perform(core.refused(peer, time.nanos())));
          }
        });
    threads.start(this::receive);
    loop.every(TICK, this::tick);
  }

  private void tick() {
    if (closed) return;
    perform(core.tick(time.nanos()));
  }

  private void receive() {
    byte[] buffer = new byte[65_536];
    while (!closed) {
      try {
        receiveOne(buffer);
      } catch (IOException | RuntimeException e) {
        // The thread goes on: without it this member would seem dead.
        if (!closed) log.warn("gossip_receive_failed reason=\"{}\"", e.getMessage());
      }
    }
  }

  private void receiveOne(byte[] buffer) throws IOException {
    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
    socket.receive(packet);
    Optional<byte[]> plain = opening.open(buffer, packet.getLength());
    if (plain.isEmpty()) {
      unreadable.incrementAndGet();
      return;
    }
    Address from = new Address(packet.getAddress().getHostAddress(), packet.getPort());
    datagrams.offer(new Datagram(from, plain.get()));
  }

  private void arrived(Datagram d) {
    try {
      perform(core.datagram(d.from, d.bytes, time.nanos()));
    } catch (GossipCodec.Malformed e) {
      log.warn("gossip_malformed from={} reason=\"{}\"", d.from, e.getMessage());
    }
  }

  private void perform(List<Effect> effects) {
    // Whoever is told of a change finds it in the snapshots, too.
    refresh();
    for (Effect e : effects) {
      switch (e) {
        case Effect.Send s -> send(s);
        case Effect.Tell t -> tell(t.event());
        case Effect.Exchange x -> exchangeWith(x.with());
        case Effect.Keep k -> links.keep(k.peer());
        case Effect.Forget f -> links.forget(f.peer(), f.reason());
      }
    }
  }

  private void refresh() {
    if (core.version() == shown) return;
    shown = core.version();
    List<Standing> all =
        core.standings().stream().sorted(Comparator.comparing(s -> s.member().name())).toList();
    members = all.stream().map(Standing::member).toList();
    standings = all;
  }

  private void tell(MemberEvent event) {
    Member m = event.member();
    String what =
        switch (event) {
          case MemberEvent.MemberJoined _ -> "member_joined";
          case MemberEvent.MemberUpdated _ -> "member_updated";
          case MemberEvent.MemberSuspected _ -> "member_suspected";
          case MemberEvent.MemberTrusted _ -> "member_trusted";
          case MemberEvent.MemberFailed _ -> "member_failed";
          case MemberEvent.MemberLeft _ -> "member_left";
        };
    log.info("{} name={} id={} address={}", what, m.name(), m.id(), m.address());
    for (Consumer<MemberEvent> o : observers) o.accept(event);
  }

  private void send(Effect.Send s) {
    try {
      InetAddress host = resolved.get(s.to().host());
      if (host == null) {
        host = InetAddress.getByName(s.to().host());
        if (resolved.size() > 10_000) resolved.clear();
        resolved.put(s.to().host(), host);
      }
      byte[] sealed = sealing.seal(s.datagram());
      socket.send(new DatagramPacket(sealed, sealed.length, host, s.to().port()));
    } catch (UnknownHostException e) {
      log.warn("gossip_unknown_host host={}", s.to().host());
    } catch (IOException e) {
      // Nobody there, or the network is down: the missing answer says it.
    }
  }

  // --- exchanges of whole lists over links

  /// A peer asks for an exchange; refused with `overloaded`, which it retries, when the loop has
  /// too much to do.
  private CompletableFuture<byte[]> exchange(LinkPeer from, byte[] theirs) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    loop.submit(
        () -> {
          try {
            Optional<String> objection = core.objection(theirs);
            if (objection.isPresent()) {
              log.warn(
                  "member_refused name={} id={} reason={}",
                  from.name(),
                  from.id(),
                  objection.get());
              answer.complete(prefixed(REFUSED, objection.get().getBytes(StandardCharsets.UTF_8)));
              return;
            }
            perform(core.exchanged(theirs, time.nanos()));
            answer.complete(prefixed(LIST, core.list()));
          } catch (GossipCodec.Malformed e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private static byte[] prefixed(byte first, byte[] rest) {
    byte[] all = new byte[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  /// On the loop. The answer is empty when all went well, else why we may not be here.
  private CompletableFuture<Optional<String>> exchangeWith(Address peer) {
    CompletableFuture<Optional<String>> done = new CompletableFuture<>();
    links
        .call(peer, LinkChannel.MEMBERSHIP, core.list(), settings.joinTimeout())
        .whenComplete(
            (answer, e) -> {
              if (e != null || answer.length == 0) {
                done.completeExceptionally(
                    e != null ? e : new IllegalStateException("an empty answer"));
                return;
              }
              byte[] rest = java.util.Arrays.copyOfRange(answer, 1, answer.length);
              if (answer[0] == REFUSED) {
                done.complete(Optional.of(new String(rest, StandardCharsets.UTF_8)));
                return;
              }
              loop.execute(
                  () -> {
                    try {
                      // Whoever may not join may not slip in through its answers either.
                      Optional<String> theirs = core.objection(rest);
                      if (theirs.isPresent()) {
                        log.warn("member_refused address={} reason={}", peer, theirs.get());
                        done.complete(theirs);
                        return;
                      }
                      perform(core.exchanged(rest, time.nanos()));
                      done.complete(Optional.empty());
                    } catch (GossipCodec.Malformed bad) {
                      done.completeExceptionally(bad);
                    }
                  });
            });
    return done;
  }

  // --- the face

  @Override
  public Member self() {
    return core.self();
  }

  @Override
  public List<Member> members() {
    return members;
  }

  @Override
  public Optional<Member> member(MemberId id) {
    return members.stream().filter(m -> m.id().equals(id)).findFirst();
  }

  @Override
  public List<View> views() {
    List<Standing> all = standings;
    Map<MemberId, String> names = new HashMap<>();
    for (Standing s : all) names.put(s.member().id(), s.member().name());
    long now = time.nanos();
    return all.stream().map(s -> view(s, names, now)).toList();
  }

  private static View view(Standing s, Map<MemberId, String> names, long now) {
    return new View(
        s.member(),
        since(s.sinceNanos(), now),
        s.voices().stream()
            .map(
                v ->
                    new Doubt(
                        v.by(),
                        names.getOrDefault(v.by(), v.by().hex()),
                        since(v.sinceNanos(), now),
                        v.refused()))
            .toList());
  }

  /// A snapshot may be made while time is asked: never less than nothing.
  private static Duration since(long then, long now) {
    return Duration.ofNanos(Math.max(0, now - then));
  }

  @Override
  public AutoCloseable observe(Consumer<MemberEvent> observer) {
    observers.add(observer);
    return () -> observers.remove(observer);
  }

  @Override
  public CompletableFuture<Void> join() {
    CompletableFuture<Void> joined = new CompletableFuture<>();
    long start = time.nanos();
    Duration wait = settings.waitBeforeJoining(ThreadLocalRandom.current());
    loop.after(wait, () -> ask(joined, start));
    discovery.every().ifPresent(every -> loop.every(every, this::lookAgain));
    return joined;
  }

  /// Asks the source on a thread of its own, and goes on here; at most once at a time.
  private void look(Runnable then, Consumer<RuntimeException> failed) {
    if (looking || closed) return;
    looking = true;
    Thread.ofVirtual()
        .name("discovery")
        .start(
            () -> {
              try {
                List<Address> found = withoutSelf(discovery.look());
                loop.execute(
                    () -> {
                      looking = false;
                      named = found;
                      then.run();
                    });
              } catch (RuntimeException e) {
                loop.execute(
                    () -> {
                      looking = false;
                      failed.accept(e);
                    });
              }
            });
  }

  /// This member may be named by another word for its host.
  private List<Address> withoutSelf(List<Address> all) {
    Address self = core.self().address();
    String literal = self.host();
    try {
      literal = InetAddress.getByName(self.host()).getHostAddress();
    } catch (UnknownHostException e) {
      log.debug("own_host_unknown host={}", self.host());
    }
    Address same = new Address(literal, self.port());
    return all.stream().filter(a -> !a.equals(self) && !a.equals(same)).toList();
  }

  /// Asks those for the others that the source names and that are not known: whoever started apart
  /// is found again.
  private void lookAgain() {
    look(
        () -> {
          List<Address> here =
              members.stream().filter(m -> m.state().here()).map(Member::address).toList();
          named.stream()
              .filter(a -> !here.contains(a))
              .limit(ASKED_MAX)
              .forEach(
                  a ->
                      exchangeWith(a)
                          .whenComplete(
                              (_, e) -> {
                                if (e != null) log.debug("member_silent address={}", a, e);
                              }));
        },
        e -> log.warn("discovery_failed reason=\"{}\"", e.getMessage()));
  }

  /// The source could not be asked at the start.
  private void unknown(CompletableFuture<Void> joined, long start, RuntimeException e) {
    if (joined.isDone() || closed) return;
    log.warn("discovery_failed reason=\"{}\"", e.getMessage());
    if (time.nanos() - start >= settings.joinDeadline().toNanos()) joined.completeExceptionally(e);
    else loop.after(AGAIN, () -> ask(joined, start));
  }

  private void ask(CompletableFuture<Void> joined, long start) {
    if (joined.isDone() || closed) return;
    // Somebody is asking: what it finds is used.
    if (looking) loop.after(AGAIN, () -> ask(joined, start));
    else look(() -> tryHosts(joined, start), e -> unknown(joined, start, e));
  }

  private void tryHosts(CompletableFuture<Void> joined, long start) {
    List<Address> hosts = named;
    if (hosts.isEmpty()) {
      joined.complete(null);
      return;
    }
    AtomicInteger left = new AtomicInteger(hosts.size());
    AtomicInteger answered = new AtomicInteger();
    for (Address host : hosts) {
      exchangeWith(host)
          .whenCompleteAsync(
              (objection, e) -> {
                if (e == null && objection.isEmpty()) {
                  answered.incrementAndGet();
                  joined.complete(null);
                } else if (e == null) {
                  objected(joined, start, objection.get());
                }
                if (left.decrementAndGet() == 0 && answered.get() == 0) {
                  again(joined, start, hosts);
                }
              },
              loop);
    }
  }

  private void objected(CompletableFuture<Void> joined, long start, String objection) {
    // An own former life may not have been noticed dead yet: give it a moment.
    if (time.nanos() - start < Duration.ofSeconds(4).toNanos()) return;
    boolean name = objection.equals("duplicate_member_name");
    joined.completeExceptionally(
        name
            ? new MusterException(
                ErrorCode.DUPLICATE_MEMBER_NAME,
                "member.name: another living member is called '"
                    + core.self().name()
                    + "'; choose another name")
            : new MusterException(
                ErrorCode.DUPLICATE_MEMBER_ID,
                "member.data_dir: another living member has the id "
                    + core.self().id()
                    + "; was the data directory copied? delete member.id in the copy"));
  }

  private void again(CompletableFuture<Void> joined, long start, List<Address> hosts) {
    if (joined.isDone() || closed) return;
    Duration waited = Duration.ofNanos(time.nanos() - start);
    if (settings.seed() && waited.compareTo(settings.joinTimeout()) >= 0) {
      log.info("member_alone hosts={}", hosts);
      joined.complete(null);
    } else if (waited.compareTo(settings.joinDeadline()) >= 0) {
      joined.completeExceptionally(
          new MusterException(
              ErrorCode.JOIN_FAILED,
              "membership.hosts: none of "
                  + hosts
                  + " answered within "
                  + waited.toSeconds()
                  + " s, and membership.seed is false"));
    } else {
      loop.after(AGAIN, () -> ask(joined, start));
    }
  }

  @Override
  public CompletableFuture<Void> leave() {
    CompletableFuture<Void> left = new CompletableFuture<>();
    loop.execute(
        () -> {
          perform(core.leave());
          loop.after(Duration.ofMillis(100), () -> left.complete(null));
        });
    return left.completeOnTimeout(null, 1, java.util.concurrent.TimeUnit.SECONDS);
  }

  /// Datagrams that could not be opened or waited too many.
  public long dropped() {
    return unreadable.get() + datagrams.refused();
  }

  /// Takes other keys for the datagrams; any thread.
  ///
  /// @param keys of 32 bytes, the one to seal with first, then others that still open
  public void keys(List<byte[]> keys) {
    // Whoever seals with the new one must be understood already: opening comes first.
    opening.keys(keys);
    sealing.keys(keys);
  }

  @Override
  public void close() {
    closed = true;
    socket.close();
    threads.close();
  }
}
