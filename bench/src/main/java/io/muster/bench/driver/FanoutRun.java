package io.muster.bench.driver;

import io.muster.bench.Checked;
import io.muster.bench.Cost;
import io.muster.bench.FanoutPlan;
import io.muster.bench.Generator;
import io.muster.bench.LoadResult;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import io.muster.bench.core.Pace;
import io.muster.bench.core.SequenceCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run of [FanoutPlan], top to bottom in [#run]; used once.
public final class FanoutRun {
  private static final long DRAIN_STEP_NANOS = 10_000_000;
  private static final long DRAIN_SILENCE_NANOS = 3_000_000_000L;
  private static final long DRAIN_MAX_NANOS = 30_000_000_000L;
  private final Target target;
  private final FanoutPlan plan;
  private final Timing timing;
  private final Consumer<String> progress;
  private final Slots slots;
  private final Window window = new Window();
  private final Trouble trouble = new Trouble();
  private final List<Tally> tallies = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final String prefix = Payload.prefix();

  public FanoutRun(Target target, FanoutPlan plan, Timing timing, Consumer<String> progress) {
    this.target = target;
    this.plan = plan;
    this.timing = timing;
    this.progress = progress;
    this.slots = new Slots(plan.publishers(), plan.topics());
  }

  /// See [io.muster.bench.Bench#fanout].
  public LoadResult run() {
    try (MemberMetrics metrics = new MemberMetrics(target.admins());
        Loops loops = new Loops(target.threads() + 1)) {
      metrics.read();
      progress.accept(
          String.format(
              Locale.ROOT,
              "connecting subscribers: %,d, publishers: %,d",
              plan.subscribers(),
              plan.publishers()));
      Loops.Loop sending = loops.get(target.threads());
      for (int i = 0; i < target.threads(); i++) tallies.add(new Tally(window));
      Tally unsent = new Tally(window);
      Publishers publishers =
          new Publishers(plan, slots, sending.events, window, tallies, unsent, trouble, prefix);
      connect(loops, sending, publishers);

      double warmup = timing.warmup().toNanos() / 1e9;
      progress.accept(String.format(Locale.ROOT, "warming up for %.1f s", warmup));
      Pacer pacer =
          plan.rate() == 0
              ? null
              : new Pacer(
                  sending.events, new Pace(System.nanoTime(), plan.rate()), window, publishers);
      CompletableFuture<Void> publishing;
      if (pacer == null) {
        publishing = publishers.flood();
      } else {
        publishing = pacer.finished();
        pacer.start();
      }
      trouble.pass(timing.warmup().toNanos());

      progress.accept(
          String.format(Locale.ROOT, "measuring for %.1f s", timing.measured().toNanos() / 1e9));
      Optional<MemberMetrics.Reading> before = metrics.read();
      double own = OwnCpu.seconds();
      long sent = publishers.sent();
      long done = Tally.sum(tallies);
      long from = window.open();
      trouble.pass(timing.measured().toNanos());
      long to = window.close();
      sent = publishers.sent() - sent;
      done = Tally.sum(tallies) - done;
      own = OwnCpu.seconds() - own;
      Optional<Cost> cost = metrics.cost(before, metrics.read());

      drain(publishers, publishing, pacer);
      trouble.over();
      loops.close();
      double seconds = (to - from) / 1e9;
      List<Tally> all = new ArrayList<>(tallies);
      all.add(unsent);
      return new LoadResult(
          seconds,
          sent,
          done,
          Tally.latency(all),
          judge(publishers),
          cost,
          new Generator(
              own / seconds,
              Pacer.lateP99Nanos(pacer == null ? List.of() : List.of(pacer)),
              pacer == null ? 0 : pacer.unsent()));
    }
  }

  private void connect(Loops loops, Loops.Loop sending, Publishers publishers) {
    List<Door> all = Door.of(target);
    List<Door> publish = plan.across() ? all.subList(0, 1) : all;
    List<Door> subscribe = plan.across() ? all.subList(1, all.size()) : all;
    Dialer dialer = new Dialer(loops);
    dialer.open(
        plan.subscribers(),
        i -> {
          int topic = i % plan.topics();
          Subscriber s = new Subscriber(slots, topic, tallies.get(i % target.threads()), trouble);
          subscribers.add(s);
          return new HappnClient(
              loops.get(i % target.threads()),
              subscribe.get(i % subscribe.size()),
              "/ALL@" + prefix + "/t" + topic,
              s);
        });
    publishers.clients(
        dialer.open(
            plan.publishers(),
            i -> new HappnClient(sending, publish.get(i % publish.size()), null, publishers)));
  }

  /// Waits for what is under way: until all has come, or nothing comes any more.
  private void drain(
      Publishers publishers, CompletableFuture<Void> publishing, @Nullable Pacer pacer) {
    long start = System.nanoTime();
    long seen = -1;
    long moved = start;
    while (true) {
      long done = Tally.sum(tallies);
      long now = System.nanoTime();
      if (publishing.isDone() && done >= publishers.expected()) return;
      if (done != seen) {
        seen = done;
        moved = now;
      }
      if (now - moved > DRAIN_SILENCE_NANOS || now - start > DRAIN_MAX_NANOS) break;
      trouble.pass(DRAIN_STEP_NANOS);
    }
    if (pacer != null) {
      pacer.giveUp();
      pacer.finished().join();
    }
  }

  private Checked judge(Publishers publishers) {
    long lost = 0;
    long duplicates = 0;
    long outOfOrder = 0;
    for (int i = 0; i < subscribers.size(); i++) {
      int topic = i % plan.topics();
      for (int s = 0; s < slots.senders(topic); s++) {
        SequenceCheck check = subscribers.get(i).check(s);
        lost += check.lost(publishers.sent(slots.slot(topic, s)));
        duplicates += check.duplicates();
        outOfOrder += check.outOfOrder();
      }
    }
    return new Checked(
        lost,
        duplicates,
        outOfOrder,
        trouble.refusals(),
        trouble.disconnections(),
        trouble.words());
  }
}
