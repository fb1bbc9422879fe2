package io.muster.registry.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.Outcome;
import io.muster.registry.core.Packed;
import io.muster.registry.driver.EntryResult.Busy;
import io.muster.registry.driver.EntryResult.Done;
import io.muster.registry.driver.EntryResult.Lost;
import io.muster.registry.driver.EntryResult.NotDone;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one member wants in a group's log: its own commands and, while it leads, those that others
/// forwarded. A thread of the group packs all that waits into one entry and sends it to the leader.
///
/// While an entry is on its way the next one fills, so that under load many commands share each
/// disk force and each round to the followers, and without load none waits. More entries are on
/// their way at once only when what waits is large.
///
/// Commands of one member are applied in the order in which it proposed them. Entries are on their
/// way to one leader in one term only, and are taken only in that term: so of those on their way a
/// first part is taken and the rest is not. What was not taken is put back, in order, once all is
/// settled.
final class Proposals {
  private static final Logger log = LoggerFactory.getLogger(Proposals.class);
  private static final int ENTRY_BYTES = 512 << 10;
  private static final int LARGE_BYTES = 128 << 10;
  private static final int ON_THEIR_WAY_MAX = 3;
  private static final long WAITING_BYTES_MAX = 128L << 20;
  private static final int OVERHEAD = 64;
  private static final int CROWD = 8;
  private static final long LINGER_NANOS_MAX = 5_000_000;
  static final Duration RETRY = Duration.ofMillis(20);

  /// One leader in one term.
  record Reign(Address leader, long term) {}

  /// Commands that were proposed together; `only` is the term that a forwarder insists on, 0 for
  /// this member's own.
  private record Proposal(
      long number,
      List<byte[]> commands,
      int bytes,
      long only,
      long deadlineNanos,
      Consumer<EntryResult> settle) {}

  private record Entry(List<Proposal> proposals, Reign to, long sentNanos) {}

  private final String group;
  private final long timeoutNanos;
  private final BiFunction<ByteBuffer, Reign, CompletableFuture<EntryResult>> sender;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<Proposal> waiting = new ArrayDeque<>();
  private final List<Proposal> returned = new ArrayList<>();
  private final Thread thread;
  private long numbers;
  private long waitingBytes;
  private int onTheirWay;
  private int expected;
  private long lingerUntil;
  private long lingerGap;
  private long lastArrival;
  private @Nullable Reign lastTo;
  private volatile @Nullable Reign reign;
  private volatile boolean closed;
  private volatile String failure = "";

  /// @param sender hands an entry to a leader; called on the group's thread, must not block
  Proposals(
      String group,
      Duration timeout,
      BiFunction<ByteBuffer, Reign, CompletableFuture<EntryResult>> sender) {
    this.group = group;
    this.timeoutNanos = timeout.toNanos();
    this.sender = sender;
    this.thread = Thread.ofPlatform().name("propose-" + group).daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Proposes one command of this member; any thread, does not block.
  CompletableFuture<Outcome> propose(byte[] command) {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Consumer<EntryResult> settle =
        r ->
            outcome.complete(
                switch (r) {
                  case Done d -> new Outcome.Committed(d.index(), d.results()[0]);
                  case Lost l -> new Outcome.Unknown(l.why());
                  case Busy b -> new Outcome.NoQuorum(b.why());
                  case NotDone n -> new Outcome.NoQuorum(n.why());
                });
    if (!add(List.of(command), 0, settle)) {
      return CompletableFuture.failedFuture(
          new MusterException(ErrorCode.OVERLOADED, group + ": too many changes wait already"));
    }
    return outcome;
  }

  /// Commands that another member forwarded here, to be done in one term or not at all.
  CompletableFuture<EntryResult> forwarded(long term, ByteBuffer packed) {
    CompletableFuture<EntryResult> result = new CompletableFuture<>();
    if (!add(List.of(Packed.unpack(packed)), term, result::complete)) {
      // The term stays, so what this member sends next may be taken.
      result.complete(new Busy("too many changes wait already"));
    }
    return result;
  }

  private boolean add(List<byte[]> commands, long only, Consumer<EntryResult> settle) {
    int bytes = 0;
    for (byte[] c : commands) bytes += c.length + OVERHEAD;
    long deadline = System.nanoTime() + timeoutNanos;
    String refused = "stopping";
    lock.lock();
    try {
      Reign now = reign;
      if (only != 0 && (now == null || now.term != only)) {
        refused = "does not lead in that term";
      } else if (!closed) {
        if (waitingBytes > WAITING_BYTES_MAX) return false;
        waiting.add(new Proposal(++numbers, commands, bytes, only, deadline, settle));
        waitingBytes += bytes;
        lastArrival = deadline - timeoutNanos;
        // The thread waits for the first of those to come, and for the last.
        if (maySend() && (waiting.size() == 1 || !more())) work.signal();
        return true;
      }
    } finally {
      lock.unlock();
    }
    settle.accept(new NotDone(refused));
    return true;
  }

  /// Who leads now, null when nobody is known to.
  void reigns(@Nullable Reign now) {
    lock.lock();
    try {
      reign = now;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /// The group is broken for good: nothing waits in vain.
  void failed(String why) {
    failure = why;
    reigns(null);
  }

  private void run() {
    while (!closed) {
      try {
        Entry entry = next();
        if (entry != null) send(entry);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      } catch (RuntimeException e) {
        log.error("propose_failed group={}", group, e);
      }
    }
    List<Proposal> left = new ArrayList<>();
    lock.lock();
    try {
      left.addAll(returned);
      left.addAll(waiting);
      returned.clear();
      waiting.clear();
    } finally {
      lock.unlock();
    }
    left.forEach(p -> p.settle.accept(new NotDone("stopping")));
  }

  private boolean maySend() {
    return onTheirWay == 0 || (onTheirWay < ON_THEIR_WAY_MAX && waitingBytes >= LARGE_BYTES);
  }

  /// Waits until something may be sent; null when closed.
  private @Nullable Entry next() throws InterruptedException {
    List<Runnable> told = new ArrayList<>();
    lock.lock();
    try {
      while (!closed) {
        if (!returned.isEmpty() && onTheirWay == 0) {
          putBack();
          // Whoever refused is given a moment to learn who leads.
          long _ = work.awaitNanos(RETRY.toNanos());
        }
        Reign to = reign;
        sortOut(to, told);
        if (!told.isEmpty()) return null;
        if (!returned.isEmpty() || waiting.isEmpty() || !maySend()) {
          work.await();
        } else if (to == null) {
          long _ = work.awaitNanos(RETRY.toNanos());
        } else if (onTheirWay > 0 && !to.equals(lastTo)) {
          work.await();
        } else if (more()) {
          long _ = work.awaitNanos(lingerLeft());
        } else {
          onTheirWay++;
          lastTo = to;
          expected = 0;
          List<Proposal> some = take();
          return new Entry(some, to, System.nanoTime());
        }
      }
      return null;
    } finally {
      lock.unlock();
      told.forEach(Runnable::run);
    }
  }

  // Those who were just answered may propose again within a moment: then one entry for all is
  // cheaper than two for halves that would take turns. So after an entry of many the next one waits
  // for them while they keep coming: for at most twice the time that entry took, and not when for a
  // quarter of it nobody came.

  private void expectMore(Entry answered) {
    if (answered.proposals.size() < CROWD) return;
    long now = System.nanoTime();
    long took = now - answered.sentNanos;
    expected = waiting.size() + answered.proposals.size();
    lingerUntil = now + Math.min(LINGER_NANOS_MAX, 2 * took);
    lingerGap = took / 4;
    lastArrival = now;
  }

  private boolean more() {
    return onTheirWay == 0 && waiting.size() < expected && lingerLeft() > 0;
  }

  private long lingerLeft() {
    return Math.min(lingerUntil, lastArrival + lingerGap) - System.nanoTime();
  }

  private void putBack() {
    returned.sort(Comparator.comparingLong(Proposal::number));
    for (Proposal p : returned.reversed()) {
      waiting.addFirst(p);
      waitingBytes += p.bytes;
    }
    returned.clear();
  }

  /// Takes out what need not wait longer: late, broken, or forwarded for a term that is over.
  private void sortOut(@Nullable Reign now, List<Runnable> told) {
    long soon = System.nanoTime() + RETRY.toNanos();
    boolean over = now == null || !now.equals(lastTo);
    Proposal oldest = waiting.peek();
    if (oldest == null || (!over && oldest.deadlineNanos - soon >= 0 && failure.isEmpty())) return;
    for (Iterator<Proposal> each = waiting.iterator(); each.hasNext(); ) {
      Proposal p = each.next();
      NotDone why = null;
      if (!failure.isEmpty()) why = new NotDone(failure);
      else if (p.deadlineNanos - soon < 0)
        why = new NotDone(now == null ? "no leader" : "too late");
      else if (p.only != 0 && (now == null || p.only != now.term)) why = new NotDone("term over");
      if (why == null) continue;
      each.remove();
      waitingBytes -= p.bytes;
      NotDone answer = why;
      told.add(() -> p.settle.accept(answer));
    }
  }

  private List<Proposal> take() {
    List<Proposal> some = new ArrayList<>();
    int bytes = 0;
    while (!waiting.isEmpty() && (some.isEmpty() || bytes + waiting.peek().bytes < ENTRY_BYTES)) {
      Proposal p = waiting.remove();
      bytes += p.bytes;
      some.add(p);
    }
    waitingBytes -= bytes;
    return some;
  }

  private void send(Entry entry) {
    List<byte[]> commands = new ArrayList<>();
    for (Proposal p : entry.proposals) commands.addAll(p.commands);
    sender
        .apply(Packed.pack(commands), entry.to)
        .whenComplete((r, e) -> settle(entry, r == null ? new Lost(String.valueOf(e)) : r));
  }

  private void settle(Entry entry, EntryResult r) {
    List<Proposal> told = new ArrayList<>(entry.proposals);
    lock.lock();
    try {
      onTheirWay--;
      expectMore(entry);
      if (r instanceof NotDone && !closed) {
        // Those of others go back to them: they know better who leads by now.
        for (Proposal p : entry.proposals) {
          if (p.only != 0) continue;
          returned.add(p);
          told.remove(p);
        }
      }
      work.signal();
    } finally {
      lock.unlock();
    }
    int from = 0;
    for (Proposal p : told) {
      int count = p.commands.size();
      p.settle.accept(r instanceof Done d ? d.part(from, count) : r);
      from += count;
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
