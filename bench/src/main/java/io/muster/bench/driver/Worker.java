package io.muster.bench.driver;

import io.muster.bench.SetGetPlan;
import io.muster.bench.core.Stamp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One client that writes and reads the records it alone owns, and remembers what each must hold.
/// On its event loop.
final class Worker implements HappnClient.Listener {
  /// Requests under way at once when a rate drives it.
  private static final int PENDING_MAX = 256;

  private record Pending(long eventId, long dueNanos, int key, long sequence, boolean get) {}

  private final SetGetPlan plan;
  private final int index;
  private final String prefix;
  private final Window window;
  private final Tally tally;
  private final Trouble trouble;
  private final byte[] text;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();

  /// By own record: the number of the last write that was sent, and of the last that was answered.
  private final long[] written;

  private final long[] acknowledged;
  private @Nullable HappnClient client;
  private Mode mode = Mode.WAITING;
  private int nextKey;
  private @Nullable CompletableFuture<Void> swept;
  private boolean sweepReads;
  private long givenUp = -1;
  private long lost;
  private long duplicates;
  private long outOfOrder;

  private enum Mode {
    WAITING,
    SWEEPING,
    LOADING
  }

  /// @param text a payload that workers of one loop share
  Worker(
      SetGetPlan plan,
      int index,
      String prefix,
      Window window,
      Tally tally,
      Trouble trouble,
      byte[] text) {
    this.plan = plan;
    this.index = index;
    this.prefix = prefix;
    this.window = window;
    this.tally = tally;
    this.trouble = trouble;
    this.text = text;
    int own = (plan.keys() - index - 1) / plan.clients() + 1;
    this.written = new long[own];
    this.acknowledged = new long[own];
  }

  void client(HappnClient c) {
    client = c;
  }

  private HappnClient client() {
    HappnClient c = client;
    if (c == null) throw new IllegalStateException("not connected yet");
    return c;
  }

  private byte[] path(int key) {
    long number = (long) key * plan.clients() + index;
    return (prefix + "/k" + number).getBytes(StandardCharsets.US_ASCII);
  }

  // --- sending

  /// Writes or reads each own record once, one after the other.
  ///
  /// @return completes when all were answered, or the connection has gone
  CompletableFuture<Void> sweep(boolean reads) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    client()
        .loop()
        .events
        .execute(
            () -> {
              giveUp();
              swept = done;
              sweepReads = reads;
              mode = Mode.SWEEPING;
              nextKey = 0;
              step();
            });
    return done;
  }

  /// What has not been answered by now counts as lost, and as nothing more when it comes later.
  private void giveUp() {
    lost += pending.size();
    Pending last = pending.peekLast();
    if (last != null) givenUp = last.eventId;
    pending.clear();
  }

  private void step() {
    // What was never written has nothing to be read back.
    while (sweepReads && nextKey < written.length && written[nextKey] == 0) nextKey++;
    if (nextKey == written.length || !client().open()) {
      mode = Mode.WAITING;
      if (swept != null) swept.complete(null);
      return;
    }
    fire(nextKey++, sweepReads, System.nanoTime());
    client().flush();
  }

  /// Sends the next request after each answer until the window closes.
  void load() {
    client()
        .loop()
        .events
        .execute(
            () -> {
              nextKey = 0;
              mode = Mode.LOADING;
              next(System.nanoTime());
              client().flush();
            });
  }

  /// Sends the next request of the load.
  ///
  /// @return false when that must wait
  boolean next(long dueNanos) {
    mode = Mode.LOADING;
    if (!client().writable() || pending.size() >= PENDING_MAX) return false;
    if (nextKey >= written.length) nextKey = 0;
    fire(nextKey++, plan.op() == SetGetPlan.Op.GET, dueNanos);
    return true;
  }

  void flush() {
    client().flush();
  }

  boolean open() {
    return client().open();
  }

  boolean busy() {
    return client().open() && !pending.isEmpty();
  }

  private void fire(int key, boolean get, long dueNanos) {
    long id;
    long sequence = 0;
    if (get) {
      id = client().get(path(key));
    } else {
      sequence = ++written[key];
      Stamp.write(text, 0, dueNanos, owner(), sequence);
      id = client().set(path(key), text);
    }
    pending.add(new Pending(id, dueNanos, key, sequence, get));
  }

  private int owner() {
    return index & Stamp.SENDER_MAX;
  }

  // --- answers

  @Override
  public void answered(long eventId, boolean ok, byte[] in, int length) {
    Pending p = take(eventId);
    if (p == null) {
      if (eventId > givenUp) duplicates++;
      return;
    }
    if (!ok) trouble.refused(in, length);
    else if (p.get) read(p, in, length);
    else acknowledged[p.key] = Math.max(acknowledged[p.key], p.sequence);
    switch (mode) {
      case SWEEPING -> step();
      case LOADING -> {
        tally.done(p.dueNanos);
        long now = System.nanoTime();
        if (plan.rate() == 0 && !window.after(now)) {
          next(now);
          flush();
        }
      }
      case WAITING -> {
        // The last ones of a load.
      }
    }
  }

  private @Nullable Pending take(long eventId) {
    Pending head = pending.peekFirst();
    if (head != null && head.eventId == eventId) return pending.pollFirst();
    for (Iterator<Pending> all = pending.iterator(); all.hasNext(); ) {
      Pending p = all.next();
      if (p.eventId != eventId) continue;
      all.remove();
      outOfOrder++;
      return p;
    }
    return null;
  }

  private void read(Pending p, byte[] in, int length) {
    int at = Stamp.find(in, 0, length);
    long found = at < 0 || Stamp.sender(in, at) != owner() ? -1 : Stamp.sequence(in, at);
    if (found >= acknowledged[p.key] && found <= written[p.key]) return;
    lost++;
    trouble.note(
        new String(path(p.key), StandardCharsets.US_ASCII)
            + ": expected write "
            + acknowledged[p.key]
            + ", found "
            + (found < 0 ? "none" : found));
  }

  @Override
  public void closed(String why) {
    trouble.disconnected(why);
    if (swept != null) swept.complete(null);
  }

  // --- the verdict, only after the loops have ended

  /// Answers that never came, records that were not as written.
  long lost() {
    return lost + pending.size();
  }

  long duplicates() {
    return duplicates;
  }

  long outOfOrder() {
    return outOfOrder;
  }
}
