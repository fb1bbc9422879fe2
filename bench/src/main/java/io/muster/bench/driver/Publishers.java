package io.muster.bench.driver;

import io.muster.bench.FanoutPlan;
import io.muster.bench.core.Stamp;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// All publishers of a run, on one event loop: the next message is due for one of them, or may go
/// because enough of those before were delivered.
final class Publishers implements HappnClient.Listener, Pacer.Sender {
  private static final int BURST = 128;
  private static final long LOOK_NANOS = 1_000_000;
  private static final long STALL_NANOS = 2_000_000_000L;
  private final FanoutPlan plan;
  private final Slots slots;
  private final EventLoop loop;
  private final Window window;
  private final List<Tally> tallies;
  private final Tally unsent;
  private final Trouble trouble;
  private final byte[][] paths;
  private final byte[] text;
  private final CompletableFuture<Void> finished = new CompletableFuture<>();
  private List<HappnClient> clients = List.of();

  /// By publisher: the first message that found it closed, or -1.
  private final long[] closedAt;

  private final boolean[] unflushed;
  private int closed;
  private volatile long sent;
  private volatile long expected;

  // Without a rate only.
  private long seen = -1;
  private long seenNanos;
  private long forgiven;
  private boolean flooding;

  /// @param tallies of the subscribers' loops
  /// @param unsent takes the waits of what could not be sent
  Publishers(
      FanoutPlan plan,
      Slots slots,
      EventLoop loop,
      Window window,
      List<Tally> tallies,
      Tally unsent,
      Trouble trouble,
      String prefix) {
    this.plan = plan;
    this.slots = slots;
    this.loop = loop;
    this.window = window;
    this.tallies = tallies;
    this.unsent = unsent;
    this.trouble = trouble;
    paths = new byte[plan.topics()][];
    for (int t = 0; t < paths.length; t++) {
      paths[t] = (prefix + "/t" + t).getBytes(StandardCharsets.US_ASCII);
    }
    text = Payload.of(plan.sizeBytes());
    closedAt = new long[plan.publishers()];
    Arrays.fill(closedAt, -1);
    unflushed = new boolean[plan.publishers()];
  }

  void clients(List<HappnClient> all) {
    clients = all;
  }

  /// Publications so far.
  long sent() {
    return sent;
  }

  /// Deliveries that all publications so far ask for.
  long expected() {
    return expected;
  }

  /// Messages of a slot that were sent; only after the loops have ended.
  long sent(int slot) {
    long end = closedAt[slots.publisher(slot)];
    return slots.sent(slot, end < 0 ? sent : end);
  }

  /// Publishes as fast as is delivered, until the window closes.
  CompletableFuture<Void> flood() {
    loop.execute(
        () -> {
          flooding = true;
          seenNanos = System.nanoTime();
          look();
        });
    return finished;
  }

  private void look() {
    if (finished.isDone()) return;
    turn();
    if (!finished.isDone()) loop.schedule(this::look, LOOK_NANOS, TimeUnit.NANOSECONDS);
  }

  private void turn() {
    long now = System.nanoTime();
    if (window.after(now)) {
      finished.complete(null);
      return;
    }
    long delivered = Tally.sum(tallies);
    if (delivered != seen) {
      seen = delivered;
      seenNanos = now;
    } else if (now - seenNanos > STALL_NANOS) {
      // What has not come by now is lost, or its subscriber is: waiting on would end the load.
      forgiven = expected - delivered;
      seenNanos = now;
    }
    long room =
        (long) plan.window() * plan.audience(plan.topics() - 1) - (expected - delivered - forgiven);
    int n = 0;
    while (room > 0 && n < BURST) {
      int audience = plan.audience(slots.topic(slots.slot(sent)));
      if (!send(sent, now)) break;
      room -= audience;
      n++;
    }
    if (n > 0) flush();
  }

  // An answer tells that something moved: look at once instead of after a millisecond.
  @Override
  public void readComplete() {
    if (flooding && !finished.isDone()) turn();
  }

  @Override
  public void answered(long eventId, boolean ok, byte[] in, int length) {
    if (!ok) trouble.refused(in, length);
  }

  @Override
  public boolean send(long k, long dueNanos) {
    int slot = slots.slot(k);
    int p = slots.publisher(slot);
    HappnClient c = clients.get(p);
    if (!c.open()) {
      if (closedAt[p] < 0) {
        closedAt[p] = k;
        if (++closed == closedAt.length) trouble.hopeless();
      }
    } else {
      if (!c.writable()) return false;
      Stamp.write(text, 0, dueNanos, slot, slots.sequence(k));
      c.publish(paths[slots.topic(slot)], text);
      unflushed[p] = true;
      expected = expected + plan.audience(slots.topic(slot));
    }
    sent = k + 1;
    return true;
  }

  @Override
  public void flush() {
    for (int p = 0; p < unflushed.length; p++) {
      if (!unflushed[p]) continue;
      unflushed[p] = false;
      clients.get(p).flush();
    }
  }

  @Override
  public void unsent(long k, long waitedNanos) {
    unsent.waited(waitedNanos, plan.audience(slots.topic(slots.slot(k))));
  }

  @Override
  public void closed(String why) {
    trouble.disconnected("a publisher, " + why);
  }
}
