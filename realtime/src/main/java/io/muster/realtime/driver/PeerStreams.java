package io.muster.realtime.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.MemberId;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.MemberEvent;
import io.muster.membership.Membership;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.RealtimeSettings;
import io.muster.realtime.core.Items;
import io.muster.realtime.core.PatternIndex;
import io.muster.realtime.core.StreamMessage;
import io.muster.realtime.core.StreamReceiver;
import io.muster.realtime.core.StreamSender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The numbered streams to and from the other members: our interests and publications out, theirs
/// in.
///
/// Each peer has one lock, held while a message is numbered and handed to the link, so that what is
/// numbered first is sent first. Publications of a peer are handed to `deliver` on the link's
/// thread.
final class PeerStreams {
  private static final Logger log = LoggerFactory.getLogger(PeerStreams.class);
  private static final Duration TICK = Duration.ofMillis(100);

  /// What links say when the other end has closed: its machine answers, its process may be gone.
  private static final String CLOSED_BY_PEER = "closed by peer";

  private static final String RESET_BY_PEER = "reset by peer";

  /// What a peer wants, under one pattern.
  private record Wish(Peer peer, boolean set, boolean remove) {}

  /// Where publications of peers go; on the link's thread.
  interface Delivery {
    /// A publication for subscribers here.
    ///
    /// @param from the member it comes from
    void deliver(MemberId from, Publication publication);

    /// A member tells how a publication of this one went there.
    void reported(MemberId from, Items.Report report);

    /// A member has failed or left.
    void gone(MemberId member);

    /// Whether no more should come before there is room again.
    boolean full();

    /// Whether what was put off may come.
    boolean hasRoom();
  }

  /// @param confirmed when all of them have it, or the wait for interests is over; null when there
  ///     are none
  record ToAll(int members, @Nullable CompletableFuture<Void> confirmed) {}

  private record Waiting(long number, CompletableFuture<Void> done) {}

  /// What became of one peer's messages; guarded by its lock.
  private static final class Counts {
    long sentAgain;
    long resynchronised;
    long received;
    long lost;
    long deferred;
  }

  private final class Peer {
    final MemberId id;
    final ReentrantLock lock = new ReentrantLock();
    final StreamSender sender;
    final StreamReceiver receiver = new StreamReceiver();
    final List<Waiting> waiting = new ArrayList<>();
    final Map<Items.Interest, Wish> wishes = new HashMap<>();
    volatile Address address;
    final Counts counts = new Counts();
    boolean gone;
    boolean dirty;
    boolean putOff;

    Peer(MemberId id, Address address) {
      this.id = id;
      this.address = address;
      this.sender = new StreamSender(nextStream(), settings.repairBytesMax());
    }

    void send(List<StreamMessage> messages) {
      for (StreamMessage m : messages) {
        // What could not be sent is numbered and kept; the tick starts over.
        if (dirty || !links.send(address, LinkChannel.REALTIME, m.encode())) dirty = true;
      }
    }
  }

  private final Links links;
  private final RealtimeSettings settings;
  private final long streamId;
  private final MemberId self;
  private final Delivery delivery;
  private final Map<MemberId, Peer> peers = new ConcurrentHashMap<>();
  private final Map<Items.Interest, Integer> interests = new HashMap<>();
  private final ReentrantLock interestLock = new ReentrantLock();
  private final PatternIndex<Wish> setWishes;
  private final PatternIndex<Wish> removeWishes;
  private final LongAdder received = new LongAdder();
  private final LongAdder repaired = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder deferred = new LongAdder();
  private final AtomicLong streams = new AtomicLong();
  private volatile @Nullable Past past;
  private volatile boolean closed;

  PeerStreams(
      Membership membership,
      Links links,
      RealtimeSettings settings,
      ControlLoop loop,
      long streamId,
      Delivery delivery) {
    this.links = links;
    this.settings = settings;
    this.streamId = streamId;
    this.self = membership.self().id();
    this.delivery = delivery;
    this.setWishes = new PatternIndex<>(settings.topicCache(), Wish[]::new);
    this.removeWishes = new PatternIndex<>(settings.topicCache(), Wish[]::new);
    links.onMessage(LinkChannel.REALTIME, this::arrived);
    links.observe(
        new Links.LinkObserver() {
          @Override
          public void up(LinkPeer peer) {
            connected(peer(peer.id(), peer.address()));
          }

          @Override
          public void down(LinkPeer peer, String reason) {
            Peer p = peers.get(peer.id());
            if (p == null) return;
            p.lock.lock();
            try {
              p.sender.disconnected();
            } finally {
              p.lock.unlock();
            }
            Past keeper = past;
            if (keeper != null) keeper.linkEnded(peer.id(), closedByPeer(reason));
          }
        });
    membership.observe(
        event -> {
          switch (event) {
            case MemberEvent.MemberJoined j -> joined(j.member());
            case MemberEvent.MemberFailed f -> gone(f.member().id());
            case MemberEvent.MemberLeft l -> gone(l.member().id());
            case MemberEvent.MemberSuspected _,
                MemberEvent.MemberTrusted _,
                MemberEvent.MemberUpdated _ -> {}
          }
        });
    membership.present().forEach(this::joined);
    for (LinkPeer p : links.peers()) connected(peer(p.id(), p.address()));
    loop.every(TICK, this::tick);
  }

  /// A peer that was given up and comes back must not take the new stream for the one it knew,
  /// whose numbers it would count on from.
  private long nextStream() {
    return (streamId << 24) + streams.incrementAndGet();
  }

  /// Begins to tell of what is kept; once, before anything arrives that it would have to know.
  void remember(Past keeper) {
    past = keeper;
    for (Peer p : peers.values()) if (live(p)) keeper.live(p.id);
  }

  private static boolean closedByPeer(String reason) {
    return reason.equals(CLOSED_BY_PEER) || reason.contains(RESET_BY_PEER);
  }

  private static boolean live(Peer p) {
    p.lock.lock();
    try {
      return p.sender.live();
    } finally {
      p.lock.unlock();
    }
  }

  private void joined(Member m) {
    if (m.id().equals(self)) return;
    Peer p = peer(m.id(), m.address());
    if (links.linked(m.address())) connected(p);
  }

  private Peer peer(MemberId id, Address address) {
    Peer p = peers.computeIfAbsent(id, _ -> new Peer(id, address));
    p.address = address;
    return p;
  }

  private void connected(Peer p) {
    if (p.id.equals(self)) return;
    p.lock.lock();
    try {
      p.dirty = false;
      p.receiver.retry();
      p.send(List.of(p.sender.connected()));
    } finally {
      p.lock.unlock();
    }
  }

  private void gone(MemberId id) {
    Peer p = peers.remove(id);
    if (p == null) return;
    List<Waiting> released;
    p.lock.lock();
    try {
      p.gone = true;
      forget(p);
      released = List.copyOf(p.waiting);
      p.waiting.clear();
    } finally {
      p.lock.unlock();
    }
    Past keeper = past;
    long hold = keeper == null ? 0 : keeper.gone(id);
    for (Waiting w : released) {
      if (hold == 0) w.done.complete(null);
      else w.done.completeOnTimeout(null, hold, TimeUnit.NANOSECONDS);
    }
    delivery.gone(id);
  }

  private void forget(Peer p) {
    p.wishes.forEach(
        (i, w) -> {
          if (i.set()) setWishes.remove(i.pattern(), i.depth(), w);
          if (i.remove()) removeWishes.remove(i.pattern(), i.depth(), w);
        });
    p.wishes.clear();
  }

  /// Acknowledges what came, and starts over where sending failed or a peer is silent.
  private void tick() {
    if (closed) return;
    for (Peer p : peers.values()) {
      p.lock.lock();
      try {
        // Also where nobody answered the first time: the peer may still have been starting.
        if ((p.dirty || !p.sender.live()) && links.linked(p.address)) {
          p.dirty = false;
          p.send(List.of(p.sender.connected()));
        }
        p.send(p.receiver.acknowledge());
        if (p.putOff && delivery.hasRoom()) {
          p.putOff = false;
          log.info("publications_asked_again peer={} put_off={}", p.id, deferred.sum());
          p.send(p.receiver.resume());
        }
      } finally {
        p.lock.unlock();
      }
    }
  }

  // --- our interests

  /// Somebody here wants events of a pattern.
  ///
  /// @return null when all members know already, else a future of that moment
  @Nullable CompletableFuture<Void> want(String pattern, boolean set, boolean remove, int depth) {
    Items.Interest i = new Items.Interest(true, pattern, set, remove, depth);
    List<CompletableFuture<Void>> open = new ArrayList<>();
    interestLock.lock();
    try {
      if (interests.merge(i, 1, Integer::sum) > 1) return null;
      byte[] item = Items.encode(i);
      for (Peer p : peers.values()) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        p.lock.lock();
        try {
          if (p.gone) continue;
          p.send(p.sender.add(item));
          p.waiting.add(new Waiting(p.sender.last(), done));
        } finally {
          p.lock.unlock();
        }
        open.add(done);
      }
    } finally {
      interestLock.unlock();
    }
    if (open.isEmpty()) return null;
    return confirmed(open);
  }

  /// One count of an interest less.
  void unwant(String pattern, boolean set, boolean remove, int depth) {
    Items.Interest i = new Items.Interest(true, pattern, set, remove, depth);
    interestLock.lock();
    try {
      Integer left = interests.merge(i, -1, Integer::sum);
      if (left != null && left > 0) return;
      interests.remove(i);
      byte[] item = Items.encode(new Items.Interest(false, pattern, set, remove, depth));
      for (Peer p : peers.values()) {
        p.lock.lock();
        try {
          p.send(p.sender.add(item));
        } finally {
          p.lock.unlock();
        }
      }
    } finally {
      interestLock.unlock();
    }
  }

  // --- our publications

  /// Sends to each member with interest, once.
  ///
  /// @param to takes each of them, before it is sent to
  /// @return to how many
  int publish(Publication publication, Consumer<MemberId> to) {
    if (peers.isEmpty()) return 0;
    PatternIndex<Wish> index = publication.action() == Action.SET ? setWishes : removeWishes;
    Wish[] wishes = index.match(publication.path());
    if (wishes.length == 0) return 0;
    byte[] item = Items.encode(new Items.Published(publication));
    int sent = 0;
    next:
    for (int i = 0; i < wishes.length; i++) {
      Peer p = wishes[i].peer;
      for (int k = 0; k < i; k++) if (wishes[k].peer == p) continue next;
      p.lock.lock();
      try {
        if (p.gone) continue;
        to.accept(p.id);
        p.send(p.sender.add(item));
        sent++;
      } finally {
        p.lock.unlock();
      }
    }
    return sent;
  }

  /// Sends to all members, interested or not.
  ///
  /// @param to takes each of them, before it is sent to
  ToAll publishKept(byte[] item, Consumer<MemberId> to) {
    List<CompletableFuture<Void>> open = new ArrayList<>();
    for (Peer p : peers.values()) {
      p.lock.lock();
      try {
        if (p.gone) continue;
        to.accept(p.id);
        p.send(p.sender.add(item));
        CompletableFuture<Void> done = new CompletableFuture<>();
        p.waiting.add(new Waiting(p.sender.last(), done));
        open.add(done);
      } finally {
        p.lock.unlock();
      }
    }
    if (open.isEmpty()) return new ToAll(0, null);
    return new ToAll(open.size(), confirmed(open));
  }

  private CompletableFuture<Void> confirmed(List<CompletableFuture<Void>> open) {
    return CompletableFuture.allOf(open.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, settings.interestTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Sends to those that can be reached.
  ///
  /// @return all there are, to be changed by the caller
  Set<MemberId> tellAll(byte[] item) {
    Set<MemberId> all = new HashSet<>();
    for (Peer p : peers.values()) {
      p.lock.lock();
      try {
        if (p.gone) continue;
        all.add(p.id);
        if (p.sender.live() && !p.dirty) p.send(p.sender.add(item));
      } finally {
        p.lock.unlock();
      }
    }
    return all;
  }

  /// Whether a member is sent to.
  boolean knows(MemberId member) {
    return peers.containsKey(member);
  }

  void tell(MemberId to, byte[] item) {
    Peer p = peers.get(to);
    if (p == null) return;
    p.lock.lock();
    try {
      if (!p.gone) p.send(p.sender.add(item));
    } finally {
      p.lock.unlock();
    }
  }

  /// Tells a member how its publication went here.
  void report(MemberId to, Items.Report report) {
    tell(to, Items.encode(report));
  }

  // --- what arrives

  private void arrived(LinkPeer from, byte[] bytes) {
    StreamMessage message;
    try {
      message = StreamMessage.decode(bytes);
    } catch (IllegalArgumentException e) {
      log.warn("stream_malformed peer={} reason=\"{}\"", from.name(), e.getMessage());
      return;
    }
    Peer p = peer(from.id(), from.address());
    switch (message) {
      case StreamMessage.Welcome w -> {
        answer(p, () -> p.sender.welcome(w, snapshot()), false);
        confirmed(p);
        Past keeper = past;
        if (keeper != null) keeper.live(p.id);
      }
      case StreamMessage.Missed m -> answer(p, () -> p.sender.missed(m, snapshot()), true);
      case StreamMessage.Ack a -> {
        answer(
            p,
            () -> {
              p.sender.acknowledged(a);
              return List.of();
            },
            false);
        confirmed(p);
      }
      case StreamMessage.Hello h -> {
        answerRenewed(p, h);
        receive(p, () -> p.receiver.hello(h));
      }
      case StreamMessage.Snapshot s -> {
        Past keeper = past;
        if (keeper != null) keeper.reset(p.id);
        receive(p, () -> p.receiver.snapshot(s));
      }
      case StreamMessage.Batch b -> {
        if (!putOff(p)) receive(p, () -> p.receiver.batch(b, urgent(b)));
      }
    }
  }

  /// A peer that gave this member up, and was not given up here, waits for our interests.
  private static void answerRenewed(Peer p, StreamMessage.Hello h) {
    p.lock.lock();
    try {
      if (p.receiver.renewed(h)) p.send(List.of(p.sender.connected()));
    } finally {
      p.lock.unlock();
    }
  }

  /// Whether a batch is dropped, as if the network had lost it, because the lanes are full: it is
  /// not acknowledged, so its sender keeps it, and the tick asks for it when there is room again.
  private boolean putOff(Peer p) {
    p.lock.lock();
    try {
      if (!p.putOff && delivery.full()) {
        p.putOff = true;
        log.warn("publications_put_off peer={}: the lanes have too much to do", p.id);
      }
      if (p.putOff) {
        deferred.increment();
        p.counts.deferred++;
      }
      return p.putOff;
    } finally {
      p.lock.unlock();
    }
  }

  private static boolean urgent(StreamMessage.Batch b) {
    for (byte[] item : b.items()) if (Items.urgent(item)) return true;
    return false;
  }

  private List<byte[]> snapshot() {
    List<byte[]> all = new ArrayList<>(interests.size());
    for (Items.Interest i : interests.keySet()) all.add(Items.encode(i));
    return all;
  }

  /// Interests first, then the peer: the order in which [#want] takes the locks.
  private void answer(
      Peer p, java.util.function.Supplier<List<StreamMessage>> answers, boolean repair) {
    interestLock.lock();
    p.lock.lock();
    try {
      List<StreamMessage> all = answers.get();
      count(p, all, repair);
      p.send(all);
    } finally {
      p.lock.unlock();
      interestLock.unlock();
    }
  }

  private void count(Peer p, List<StreamMessage> answers, boolean repair) {
    if (repair) repaired.add(answers.size());
    for (StreamMessage m : answers) {
      if (m instanceof StreamMessage.Snapshot) {
        p.counts.resynchronised++;
      } else if (m instanceof StreamMessage.Batch b) {
        p.counts.sentAgain += b.items().size();
      }
    }
  }

  /// Releases the subscriptions that waited for what the peer has now.
  private void confirmed(Peer p) {
    List<Waiting> released = new ArrayList<>();
    p.lock.lock();
    try {
      for (Iterator<Waiting> i = p.waiting.iterator(); i.hasNext(); ) {
        Waiting w = i.next();
        if (w.number > p.sender.acknowledged()) continue;
        released.add(w);
        i.remove();
      }
    } finally {
      p.lock.unlock();
    }
    released.forEach(w -> w.done.complete(null));
  }

  private void receive(Peer p, java.util.function.Supplier<StreamReceiver.Arrival> arriving) {
    List<Items.Item> handed = new ArrayList<>();
    p.lock.lock();
    try {
      StreamReceiver.Arrival a = arriving.get();
      if (a.reset()) forget(p);
      if (a.lost() > 0) {
        lost.add(a.lost());
        p.counts.lost += a.lost();
        log.warn("publications_lost peer={} count={}", p.id, a.lost());
      }
      for (byte[] item : a.items()) {
        Items.Item decoded = Items.decode(item);
        switch (decoded) {
          case Items.Interest i -> wish(p, i);
          case Items.Published _, Items.Kept _ -> {
            received.increment();
            p.counts.received++;
            handed.add(decoded);
          }
          case Items.Report _, Items.Head _, Items.Question _ -> handed.add(decoded);
        }
      }
      // Interests are in force before they are acknowledged.
      p.send(a.answers());
    } catch (IllegalArgumentException e) {
      log.error("stream_item_malformed peer={} reason=\"{}\"", p.id, e.getMessage());
    } finally {
      p.lock.unlock();
    }
    for (Items.Item item : handed) hand(p.id, item);
  }

  private void hand(MemberId from, Items.Item item) {
    Past keeper = past;
    switch (item) {
      case Items.Published x -> delivery.deliver(from, x.publication());
      case Items.Report r -> delivery.reported(from, r);
      case Items.Kept k -> {
        // A member that keeps nothing delivers all the same.
        if (keeper == null) delivery.deliver(from, k.publication());
        else keeper.kept(from, k);
      }
      case Items.Head h -> {
        if (keeper != null) keeper.head(from, h);
      }
      case Items.Question q -> {
        // One that keeps nothing knows no number: it stays silent, and nobody is caught up with it.
        if (keeper != null) keeper.question(from, q);
      }
      case Items.Interest _ -> {}
    }
  }

  private void wish(Peer p, Items.Interest i) {
    Items.Interest key = new Items.Interest(true, i.pattern(), i.set(), i.remove(), i.depth());
    if (i.wanted()) {
      if (p.gone || p.wishes.containsKey(key)) return;
      Wish w = new Wish(p, i.set(), i.remove());
      p.wishes.put(key, w);
      if (i.set()) setWishes.add(i.pattern(), i.depth(), w);
      if (i.remove()) removeWishes.add(i.pattern(), i.depth(), w);
    } else {
      Wish w = p.wishes.remove(key);
      if (w == null) return;
      if (i.set()) setWishes.remove(i.pattern(), i.depth(), w);
      if (i.remove()) removeWishes.remove(i.pattern(), i.depth(), w);
    }
  }

  /// The streams to and from each peer.
  List<Realtime.StreamView> views() {
    List<Realtime.StreamView> all = new ArrayList<>();
    for (Peer p : peers.values()) {
      p.lock.lock();
      try {
        all.add(
            new Realtime.StreamView(
                p.id,
                p.address,
                p.sender.live() && links.linked(p.address),
                p.wishes.size(),
                p.sender.last() + 1,
                p.sender.acknowledged(),
                p.sender.keptBytes(),
                p.sender.givenUp(),
                p.counts.sentAgain,
                p.counts.resynchronised,
                p.receiver.expected(),
                p.counts.received,
                p.counts.lost,
                p.counts.deferred,
                p.putOff));
      } finally {
        p.lock.unlock();
      }
    }
    return all;
  }

  long received() {
    return received.sum();
  }

  long repaired() {
    return repaired.sum();
  }

  long lost() {
    return lost.sum();
  }

  /// Messages put off because the lanes had too much to do.
  long deferred() {
    return deferred.sum();
  }

  void close() {
    closed = true;
  }
}
