package io.muster.realtime.driver;

import io.muster.kernel.ControlLoop;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Traces;
import io.muster.link.Links;
import io.muster.membership.Membership;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.RealtimeSettings;
import io.muster.realtime.Receipt;
import io.muster.realtime.Subscription;
import io.muster.realtime.core.Acknowledgements;
import io.muster.realtime.core.HistoryLog;
import io.muster.realtime.core.Items;
import io.muster.realtime.core.Masks;
import io.muster.realtime.core.PatternIndex;
import io.muster.realtime.core.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Realtime] over lanes and members.
///
/// A publication is matched once; the audiences of the publisher's lane are served at once, those
/// of other lanes through one queue per lane, in order, with one wake-up for what has gathered.
///
/// **Bounds.** A queue is full at `realtime.lane_bytes_max`. Publishers here are told to wait
/// ([Realtime.Published#crowded]); publications of other members are put off before they are
/// acknowledged, kept by their senders up to `realtime.repair_bytes_max`, and asked for again when
/// half of the queue is done. What a sender could not keep counts as lost, and the log says so.
public final class ClusterRealtime implements Realtime {
  private static final Logger log = LoggerFactory.getLogger(ClusterRealtime.class);
  private static final int UNACKNOWLEDGED_MAX = 100_000;
  private static final Duration SWEEP = Duration.ofMillis(200);

  /// The level of publications that recipients confirm.
  private static final int ACKNOWLEDGED = 3;

  /// A publication on its way to another lane.
  ///
  /// @param tally takes the counts of the publisher's own lane
  private record Job(
      Publication publication,
      Audience[] audiences,
      @Nullable Rest rest,
      Audience.@Nullable Tally tally) {
    /// What it keeps alive, roughly; shared by the lanes it waits for.
    long bytes() {
      byte[] change = publication.change();
      return 200L + publication.data().length + (change == null ? 0 : change.length);
    }
  }

  /// Counts down the lanes that still work.
  private static final class Rest {
    final CompletableFuture<Void> done = new CompletableFuture<>();
    final AtomicInteger open = new AtomicInteger(1);

    void finish() {
      if (open.decrementAndGet() == 0) done.complete(null);
    }
  }

  private final class LaneQueue {
    final Lane lane;
    final Queue<Job> jobs = new ConcurrentLinkedQueue<>();
    final AtomicBoolean awake = new AtomicBoolean();
    final AtomicLong waiting = new AtomicLong();

    LaneQueue(Lane lane) {
      this.lane = lane;
    }

    /// @return whether the queue is full now
    boolean add(Job job) {
      long now = waiting.addAndGet(job.bytes());
      jobs.add(job);
      if (awake.compareAndSet(false, true)) lane.execute(this::drain);
      return now > laneBytesMax;
    }

    void drain() {
      awake.set(false);
      for (Job job; (job = jobs.poll()) != null; ) {
        waiting.addAndGet(-job.bytes());
        Audience.Tally done = deliverHere(job.publication, job.audiences, lane.index());
        if (job.tally != null) job.tally.add(done);
        if (job.rest != null) job.rest.finish();
      }
    }
  }

  private final LaneQueue[] lanes;
  private final long laneBytesMax;
  private final PatternIndex<Audience> sets;
  private final PatternIndex<Audience> removes;
  private final Map<Audience.Key, Audience> audiences = new HashMap<>();
  private final ReentrantLock changing = new ReentrantLock();
  private final PeerStreams peers;

  /// What leaves this member; null when everything does, so that it costs nothing then.
  private final @Nullable PatternIndex<Boolean> leaving;

  /// What is kept for clients that come back; null when nothing is, so that it costs nothing then.
  private final @Nullable Histories histories;

  private final LongAdder resumed = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /// Guarded by itself, and so is what waits for it.
  private final Acknowledgements acknowledgements = new Acknowledgements(UNACKNOWLEDGED_MAX);

  private final Map<String, CompletableFuture<Receipt>> receipts = new ConcurrentHashMap<>();
  private final long acknowledgeNanos;
  private final LongAdder subscriptions = new LongAdder();
  private final LongAdder publications = new LongAdder();
  private final LongAdder deliveries = new LongAdder();

  /// @param incarnation of this process: names its streams
  public ClusterRealtime(
      List<? extends Lane> lanes,
      Membership membership,
      Links links,
      ControlLoop loop,
      long incarnation,
      RealtimeSettings settings) {
    this.laneBytesMax = settings.laneBytesMax();
    this.acknowledgeNanos = settings.acknowledgeTimeout().toNanos();
    this.lanes = new LaneQueue[lanes.size()];
    for (Lane lane : lanes) this.lanes[lane.index()] = new LaneQueue(lane);
    this.sets = new PatternIndex<>(settings.topicCache(), Audience[]::new);
    this.removes = new PatternIndex<>(settings.topicCache(), Audience[]::new);
    this.peers =
        new PeerStreams(
            membership,
            links,
            settings,
            loop,
            incarnation,
            new PeerStreams.Delivery() {
              @Override
              public void deliver(MemberId from, Publication publication) {
                deliverFromPeer(from, publication);
              }

              @Override
              public void reported(MemberId from, Items.Report r) {
                settled(a -> a.reported(r.publication(), from, r.receipt()));
              }

              @Override
              public void gone(MemberId member) {
                acknowledging(a -> a.gone(member)).forEach(ClusterRealtime.this::settle);
              }

              @Override
              public boolean full() {
                return fuller(laneBytesMax);
              }

              @Override
              public boolean hasRoom() {
                return !fuller(laneBytesMax / 2);
              }
            });
    this.leaving = leaving(settings);
    this.histories =
        settings.history().isEmpty()
            ? null
            : new Histories(settings, peers, loop, this::deliverFromPeer);
    if (histories != null) peers.remember(histories);
    loop.every(SWEEP, this::sweep);
  }

  private static @Nullable PatternIndex<Boolean> leaving(RealtimeSettings settings) {
    if (Masks.old(settings.replicate())) {
      log.warn(
          "replicate_all realtime.replicate=\"/*\" is taken as everything, as it was before"
              + " happn-3 8; write '*' for that, or /*,/__REPLICATE for paths of one segment");
    }
    Masks masks = settings.masks();
    if (masks.everything()) return null;
    PatternIndex<Boolean> index = new PatternIndex<>(settings.topicCache(), Boolean[]::new);
    for (String m : masks.patterns()) index.add(m, Masks.DEPTH, Boolean.TRUE);
    return index;
  }

  /// Whether a publication is for other members as well.
  private boolean leaves(Publication p) {
    PatternIndex<Boolean> some = leaving;
    return !p.local() && (some == null || some.match(p.path()).length > 0);
  }

  @Override
  public @Nullable CompletableFuture<Void> subscribe(Subscription s) {
    Audience.Key key = Audience.Key.of(s);
    CompletableFuture<Void> effective = null;
    changing.lock();
    try {
      Audience a = audiences.get(key);
      boolean made = a == null;
      if (a == null) {
        a = new Audience(s, lanes.length);
        audiences.put(key, a);
      }
      if (a.add(s.subscriber())) {
        a.members++;
        subscriptions.increment();
      }
      if (made) {
        // Seated before it can be found, found here before members elsewhere know.
        if (s.set()) sets.add(s.pattern(), s.depth(), a);
        if (s.remove()) removes.add(s.pattern(), s.depth(), a);
        effective = peers.want(s.pattern(), s.set(), s.remove(), s.depth());
      }
    } finally {
      changing.unlock();
    }
    return effective;
  }

  @Override
  public void unsubscribe(Subscription s) {
    Audience.Key key = Audience.Key.of(s);
    changing.lock();
    try {
      Audience a = audiences.get(key);
      if (a == null || !a.remove(s.subscriber())) return;
      subscriptions.decrement();
      if (--a.members > 0) return;
      audiences.remove(key);
      if (s.set()) sets.remove(s.pattern(), s.depth(), a);
      if (s.remove()) removes.remove(s.pattern(), s.depth(), a);
      peers.unwant(s.pattern(), s.set(), s.remove(), s.depth());
    } finally {
      changing.unlock();
    }
  }

  private Audience[] match(Publication p) {
    return (p.action() == Action.SET ? sets : removes).match(p.path());
  }

  @Override
  public Published publish(Publication p) {
    return publish(p, _ -> {});
  }

  private Published publish(Publication p, Consumer<MemberId> to) {
    publications.increment();
    boolean leaves = leaves(p);
    Histories past = histories;
    if (past != null && past.keeps(p, leaves)) return publishKept(past, p, to);
    int members = leaves ? peers.publish(p, to) : 0;
    Audience[] found = match(p);
    if (found.length == 0)
      return members == 0 ? Published.NONE : new Published(0, 0, 0, members, null, false);
    Audience.Tally tally = null;
    Rest rest = null;
    boolean crowded = false;
    for (LaneQueue q : lanes) {
      if (q.lane.inLane()) {
        tally = deliverHere(p, found, q.lane.index());
      } else if (anyOn(found, q.lane.index())) {
        if (rest == null) rest = new Rest();
        rest.open.incrementAndGet();
        crowded |= q.add(new Job(p, found, rest, null));
      }
    }
    if (rest != null) rest.finish();
    if (tally == null) tally = new Audience.Tally();
    return new Published(
        tally.successful,
        tally.failed,
        tally.skipped,
        members,
        rest == null ? null : rest.done,
        crowded);
  }

  /// A publication that members keep: all lanes get it through their queues, in the order of its
  /// number, and its publisher is answered when all members have it.
  private Published publishKept(Histories past, Publication p, Consumer<MemberId> to) {
    Rest rest = new Rest();
    Audience.Tally tally = new Audience.Tally();
    boolean[] crowded = new boolean[1];
    Histories.Sent sent =
        past.publish(
            p,
            to,
            placed -> {
              Audience[] found = match(placed);
              for (LaneQueue q : lanes) {
                if (!anyOn(found, q.lane.index())) continue;
                boolean here = q.lane.inLane();
                rest.open.incrementAndGet();
                boolean full = q.add(new Job(placed, found, rest, here ? tally : null));
                crowded[0] |= full && !here;
              }
            });
    for (LaneQueue q : lanes) if (q.lane.inLane()) q.drain();
    rest.finish();
    CompletableFuture<Void> confirmed = sent.confirmed();
    CompletableFuture<Void> all = rest.done;
    if (confirmed != null) all = CompletableFuture.allOf(all, confirmed);
    return new Published(
        tally.successful,
        tally.failed,
        tally.skipped,
        sent.members(),
        all.isDone() ? null : all,
        crowded[0] && !all.isDone());
  }

  @Override
  public CompletableFuture<Boolean> catchUp() {
    Histories past = histories;
    return past == null ? CompletableFuture.completedFuture(true) : past.catchUp();
  }

  @Override
  public Resumed resume(Subscription s, @Nullable String since, boolean caughtUp) {
    Histories past = histories;
    if (past == null) {
      if (since != null) refused.increment();
      String why = since == null ? "" : lower(HistoryLog.Reason.NO_HISTORY);
      return new Resumed(false, why, List.of(), "", subscribe(s));
    }
    Position from = since == null ? null : Position.parse(since);
    List<CompletableFuture<Void>> effective = new ArrayList<>(1);
    HistoryLog.Recovery r =
        past.resume(
            from,
            s.pattern(),
            s.depth(),
            s.set(),
            s.remove(),
            caughtUp,
            () -> {
              // What waits for those who are seated already is not for this one.
              lanes[s.subscriber().lane().index()].drain();
              CompletableFuture<Void> e = subscribe(s);
              if (e != null) effective.add(e);
            });
    HistoryLog.Reason reason = r.reason();
    if (since != null && from == null) reason = HistoryLog.Reason.UNKNOWN;
    boolean all = from != null && reason == null;
    if (since != null) (all ? resumed : refused).increment();
    return new Resumed(
        all,
        reason == null ? "" : lower(reason),
        all ? r.missed() : List.of(),
        r.position().text(),
        effective.isEmpty() ? null : effective.getFirst());
  }

  private static String lower(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public CompletableFuture<Void> retire() {
    Histories past = histories;
    return past == null ? CompletableFuture.completedFuture(null) : past.retire();
  }

  @Override
  public List<StreamView> streams() {
    return peers.views();
  }

  // --- publications that recipients confirm

  private static String id(Publication p) {
    return p.session() + "-" + p.eventId();
  }

  @Override
  public CompletableFuture<Receipt> publishAcknowledged(Publication p) {
    String id = id(p);
    CompletableFuture<Receipt> receipt = new CompletableFuture<>();
    long deadline = System.nanoTime() + acknowledgeNanos;
    if (!acknowledging(a -> a.begin(id, null, deadline))) {
      receipt.completeExceptionally(
          new MusterException(
              ErrorCode.TOO_MANY_UNACKNOWLEDGED,
              "publication " + id + ": " + UNACKNOWLEDGED_MAX + " publications wait already"));
      return receipt;
    }
    receipts.put(id, receipt);
    Published published =
        publish(
            p,
            member ->
                acknowledging(
                    a -> {
                      a.awaits(id, member);
                      return true;
                    }));
    after(published.rest(), id);
    return receipt;
  }

  private void after(@Nullable CompletableFuture<Void> rest, String id) {
    if (rest == null) settled(a -> a.delivered(id));
    else rest.whenComplete((_, _) -> settled(a -> a.delivered(id)));
  }

  @Override
  public void acknowledge(String session, String publication) {
    settled(a -> a.acknowledged(publication, session));
  }

  private <T> T acknowledging(Function<Acknowledgements, T> what) {
    synchronized (acknowledgements) {
      return what.apply(acknowledgements);
    }
  }

  private void settled(Function<Acknowledgements, Acknowledgements.@Nullable Outcome> what) {
    Acknowledgements.Outcome outcome;
    synchronized (acknowledgements) {
      outcome = what.apply(acknowledgements);
    }
    if (outcome != null) settle(outcome);
  }

  private void settle(Acknowledgements.Outcome outcome) {
    switch (outcome) {
      case Acknowledgements.Outcome.Tell t -> {
        CompletableFuture<Receipt> receipt = receipts.remove(t.publication());
        if (receipt != null) receipt.complete(t.receipt());
      }
      case Acknowledgements.Outcome.Report r ->
          peers.report(r.to(), new Items.Report(r.publication(), r.receipt()));
    }
  }

  private void sweep() {
    acknowledging(a -> a.expired(System.nanoTime())).forEach(this::settle);
  }

  private static boolean anyOn(Audience[] found, int lane) {
    for (Audience a : found) if (a.on(lane)) return true;
    return false;
  }

  /// Delivers to the subscribers of one lane, on it.
  private Audience.Tally deliverHere(Publication p, Audience[] found, int lane) {
    Audience.Tally tally = new Audience.Tally();
    boolean confirmed = p.consistency() == ACKNOWLEDGED;
    if (confirmed) tally.recipients = new ArrayList<>();
    for (Audience a : found) a.deliver(p, lane, tally);
    deliveries.add(tally.successful);
    List<String> recipients = tally.recipients;
    if (recipients != null) {
      acknowledging(
          a -> {
            a.handed(id(p), recipients, tally.successful, tally.failed, tally.skipped);
            return true;
          });
    }
    return tally;
  }

  /// On a link's thread: every lane through its queue, so that order holds.
  private void deliverFromPeer(MemberId from, Publication p) {
    Audience[] found = match(p);
    Traces.Trace trace = Traces.delivery(p.path(), from.hex());
    Rest rest = null;
    if (p.consistency() == ACKNOWLEDGED) {
      // Somewhat earlier than where it came from, so that what is known here is told there in time.
      long early = Math.min(acknowledgeNanos / 4, 1_000_000_000L);
      long deadline = System.nanoTime() + acknowledgeNanos - early;
      if (acknowledging(a -> a.begin(id(p), from, deadline))) rest = new Rest();
    }
    for (LaneQueue q : lanes) {
      if (!anyOn(found, q.lane.index())) continue;
      if (rest != null) rest.open.incrementAndGet();
      q.add(new Job(p, found, rest, null));
    }
    trace.end();
    if (rest == null) return;
    after(rest.done, id(p));
    rest.finish();
  }

  private boolean fuller(long bytes) {
    for (LaneQueue q : lanes) if (q.waiting.get() > bytes) return true;
    return false;
  }

  private long waiting() {
    long all = 0;
    for (LaneQueue q : lanes) all += q.waiting.get();
    return all;
  }

  @Override
  public RealtimeView view() {
    Histories past = histories;
    HistoryLog.View kept = past == null ? new HistoryLog.View(0, 0, 0, 0, 0) : past.view();
    return new RealtimeView(
        subscriptions.sum(),
        publications.sum(),
        deliveries.sum(),
        peers.received(),
        peers.repaired(),
        peers.lost(),
        waiting(),
        peers.deferred(),
        kept.kept(),
        kept.bytes(),
        resumed.sum(),
        refused.sum());
  }

  @Override
  public void close() {
    peers.close();
  }
}
