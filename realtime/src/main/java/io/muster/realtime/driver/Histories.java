package io.muster.realtime.driver;

import io.muster.kernel.ControlLoop;
import io.muster.kernel.MemberId;
import io.muster.realtime.Publication;
import io.muster.realtime.RealtimeSettings;
import io.muster.realtime.core.CatchUp;
import io.muster.realtime.core.HistoryLog;
import io.muster.realtime.core.HistoryRules;
import io.muster.realtime.core.Items;
import io.muster.realtime.core.Position;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps publications for clients that come back: drives the [HistoryLog] of this member.
///
/// One lock orders all kept publications of this member and of others: under it one is numbered,
/// handed to the links, kept, matched and queued for the lanes. So what a lane delivers is in the
/// order of positions, and a subscriber that is seated under the lock gets by replay what came
/// before and live what comes after. It is taken before all other locks of realtime.
final class Histories implements Past {
  /// How often members are asked whether they are there, in parts of the time that publishers wait.
  private static final int QUESTIONS_PER_WAIT = 8;

  /// A kept publication on its way.
  ///
  /// @param confirmed when all members have it; null when there are none
  record Sent(Publication publication, int members, @Nullable CompletableFuture<Void> confirmed) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final HistoryRules rules;
  private final HistoryLog log;
  private final CatchUp touch = new CatchUp();
  private final Map<MemberId, Long> originOf = new HashMap<>();
  private final Map<MemberId, Long> endedNanos = new HashMap<>();
  private final Map<MemberId, Long> promisedUntil = new HashMap<>();
  private final long patienceNanos;
  private final long promiseNanos;
  private final long sum;
  private final long origin;
  private final PeerStreams peers;
  private final BiConsumer<MemberId, Publication> deliver;
  private long number;
  private volatile boolean retired;

  private record Asking(
      long question, Set<MemberId> members, CompletableFuture<Boolean> answered) {}

  private @Nullable Asking asking;
  private @Nullable CompletableFuture<Boolean> askedNext;

  /// @param deliver hands a publication of another member to the lanes, under the lock
  Histories(
      RealtimeSettings settings,
      PeerStreams peers,
      ControlLoop loop,
      BiConsumer<MemberId, Publication> deliver) {
    this.rules = new HistoryRules(settings.history(), settings.topicCache());
    this.log = new HistoryLog(rules, settings.historyBytesMax());
    this.patienceNanos = settings.interestTimeout().toNanos();
    this.promiseNanos = patienceNanos / 2;
    // Members that wait for each other for different times cannot tell what was confirmed, either.
    this.sum = 31 * rules.sum() + patienceNanos;
    this.peers = peers;
    this.deliver = deliver;
    long id = new SecureRandom().nextLong();
    this.origin = id == 0 ? 1 : id;
    log.begin(origin);
    log.head(origin, 0, rules.sum(), false, System.nanoTime());
    loop.every(settings.interestTimeout().dividedBy(QUESTIONS_PER_WAIT), this::tick);
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /// Whether a publication of this member is to be kept.
  boolean keeps(Publication p, boolean leaves) {
    return !retired && rules.of(p, leaves) >= 0;
  }

  /// Numbers a publication of this member, sends it to all others and queues it here.
  ///
  /// @param to takes each member before it is sent to
  /// @param queue takes it under the lock, to queue it for the lanes
  Sent publish(Publication p, Consumer<MemberId> to, Consumer<Publication> queue) {
    lock.lock();
    try {
      long n = ++number;
      PeerStreams.ToAll sent = peers.publishKept(Items.encode(new Items.Kept(origin, n, p)), to);
      Publication placed = append(origin, n, p);
      queue.accept(placed);
      CompletableFuture<Void> confirmed = sent.confirmed();
      long hold = promised();
      if (hold > 0) {
        CompletableFuture<Void> kept =
            new CompletableFuture<Void>().completeOnTimeout(null, hold, TimeUnit.NANOSECONDS);
        confirmed = confirmed == null ? kept : CompletableFuture.allOf(confirmed, kept);
      }
      return new Sent(placed, sent.members(), confirmed);
    } finally {
      lock.unlock();
    }
  }

  /// For how long nobody may be answered because of members that are not waited for any more.
  private long promised() {
    if (promisedUntil.isEmpty()) return 0;
    long now = System.nanoTime();
    long hold = 0;
    for (var i = promisedUntil.entrySet().iterator(); i.hasNext(); ) {
      var e = i.next();
      long left = e.getValue() - now;
      if (left <= 0) i.remove();
      else if (!peers.knows(e.getKey())) hold = Math.max(hold, left);
    }
    return hold;
  }

  private Publication append(long from, long n, Publication p) {
    int rule = rules.of(p, true);
    return log.append(from, n, rule, p, System.nanoTime(), System.currentTimeMillis());
  }

  // --- subscriptions from a position on

  /// Asks all members for their last number. Those that ask while a question is under way share the
  /// next one.
  ///
  /// @return whether all have answered in time
  CompletableFuture<Boolean> catchUp() {
    lock.lock();
    try {
      if (asking == null || asking.answered.isDone()) return ask();
      CompletableFuture<Boolean> next = askedNext;
      if (next == null) {
        CompletableFuture<Boolean> made = new CompletableFuture<>();
        askedNext = made;
        asking.answered.whenComplete((_, _) -> askAgain(made));
        next = made;
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void askAgain(CompletableFuture<Boolean> made) {
    locked(
            () -> {
              askedNext = null;
              return ask();
            })
        .thenAccept(made::complete);
  }

  private CompletableFuture<Boolean> ask() {
    long question = touch.ask(System.nanoTime());
    Set<MemberId> members = peers.tellAll(Items.encode(new Items.Question(question)));
    Asking now = new Asking(question, members, new CompletableFuture<>());
    asking = now;
    if (touch.all(members, question)) now.answered.complete(true);
    return now.answered.completeOnTimeout(false, patienceNanos, TimeUnit.NANOSECONDS);
  }

  /// Whether the question under way has all its answers; called under the lock.
  private @Nullable CompletableFuture<Boolean> answeredNow() {
    Asking now = asking;
    return now != null && touch.all(now.members, now.question) ? now.answered : null;
  }

  /// Seats a subscriber between what was and what comes.
  ///
  /// @param since null for one that begins now
  /// @param seat seats it, on its lane, after what the lane has queued was delivered to the others
  HistoryLog.Recovery resume(
      @Nullable Position since,
      String pattern,
      int depth,
      boolean set,
      boolean remove,
      boolean caughtUp,
      Runnable seat) {
    lock.lock();
    try {
      seat.run();
      long now = System.currentTimeMillis();
      if (since == null) return new HistoryLog.Recovery(null, List.of(), log.position(now));
      return log.recover(since, pattern, depth, set, remove, caughtUp, System.nanoTime(), now);
    } finally {
      lock.unlock();
    }
  }

  // --- what other members say; on the links' threads

  @Override
  public void kept(MemberId from, Items.Kept kept) {
    lock.lock();
    try {
      originOf.put(from, kept.origin());
      deliver.accept(from, append(kept.origin(), kept.number(), kept.publication()));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void head(MemberId from, Items.Head h) {
    CompletableFuture<Boolean> done;
    lock.lock();
    try {
      originOf.put(from, h.origin());
      // Sums are compared as sent: with the time that publishers wait.
      long theirs = h.rules() == sum ? rules.sum() : ~rules.sum();
      log.head(h.origin(), h.number(), theirs, h.over(), System.nanoTime());
      endedNanos.remove(from);
      touch.answered(from, h.question());
      done = answeredNow();
    } finally {
      lock.unlock();
    }
    if (done != null) done.complete(true);
  }

  @Override
  public void question(MemberId from, Items.Question q) {
    lock.lock();
    try {
      promisedUntil.put(from, System.nanoTime() + promiseNanos);
      tellHead(from, q.number());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void live(MemberId member) {
    tellHead(member, 0);
  }

  private void tellHead(MemberId member, long question) {
    lock.lock();
    try {
      peers.tell(member, Items.encode(new Items.Head(origin, number, sum, question, retired)));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void reset(MemberId from) {
    lock.lock();
    try {
      Long o = originOf.get(from);
      if (o != null) log.doubted(o, System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void linkEnded(MemberId member, boolean byPeer) {
    lock.lock();
    try {
      if (byPeer) {
        endedNanos.put(member, System.nanoTime());
        // Nobody is there to whom it was promised, or it does not count on it any more.
        promisedUntil.remove(member);
      } else {
        endedNanos.remove(member);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long gone(MemberId member) {
    CompletableFuture<Boolean> done;
    long hold;
    lock.lock();
    try {
      Long o = originOf.remove(member);
      Long ended = endedNanos.remove(member);
      // Nine tenths, for clocks that do not run alike.
      boolean sure = ended != null && touch.inTouch(member, ended - promiseNanos / 10 * 9);
      if (o == null) log.blind(System.currentTimeMillis());
      else log.ended(o, sure, System.nanoTime());
      touch.gone(member);
      Asking now = asking;
      if (now != null) now.members.remove(member);
      done = answeredNow();
      hold = promisedUntil.getOrDefault(member, System.nanoTime()) - System.nanoTime();
    } finally {
      lock.unlock();
    }
    if (done != null) done.complete(true);
    return Math.max(0, hold);
  }

  private void tick() {
    lock.lock();
    try {
      log.expire(System.nanoTime(), System.currentTimeMillis());
      long question = touch.ask(System.nanoTime());
      peers.tellAll(Items.encode(new Items.Question(question)));
    } finally {
      lock.unlock();
    }
  }

  /// Tells the others that nothing more will be numbered here.
  ///
  /// @return when they know, or the patience is over
  CompletableFuture<Void> retire() {
    lock.lock();
    try {
      retired = true;
      byte[] head = Items.encode(new Items.Head(origin, number, sum, 0, true));
      CompletableFuture<Void> known = peers.publishKept(head, _ -> {}).confirmed();
      return known == null ? CompletableFuture.completedFuture(null) : known;
    } finally {
      lock.unlock();
    }
  }

  HistoryLog.View view() {
    return locked(log::view);
  }
}
