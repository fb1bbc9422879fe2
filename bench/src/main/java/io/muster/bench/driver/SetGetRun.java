package io.muster.bench.driver;

import io.muster.bench.Checked;
import io.muster.bench.Cost;
import io.muster.bench.Generator;
import io.muster.bench.LoadResult;
import io.muster.bench.SetGetPlan;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import io.muster.bench.core.Pace;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// One run of [SetGetPlan], top to bottom in [#run]; used once.
public final class SetGetRun {
  private static final long SWEEP_SECONDS = 120;
  private static final long DRAIN_STEP_NANOS = 10_000_000;
  private static final long DRAIN_MAX_NANOS = 10_000_000_000L;
  private final Target target;
  private final SetGetPlan plan;
  private final Timing timing;
  private final Consumer<String> progress;
  private final Window window = new Window();
  private final Trouble trouble = new Trouble();
  private final List<Tally> tallies = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final List<Pacer> pacers = new ArrayList<>();
  private final String prefix = Payload.prefix();

  public SetGetRun(Target target, SetGetPlan plan, Timing timing, Consumer<String> progress) {
    this.target = target;
    this.plan = plan;
    this.timing = timing;
    this.progress = progress;
  }

  /// See [io.muster.bench.Bench#setGet].
  public LoadResult run() {
    try (MemberMetrics metrics = new MemberMetrics(target.admins());
        Loops loops = new Loops(target.threads() + 1)) {
      metrics.read();
      progress.accept(String.format(Locale.ROOT, "connecting %,d clients", plan.clients()));
      connect(loops);
      Measured m;
      try {
        if (plan.op() == SetGetPlan.Op.GET) {
          progress.accept(String.format(Locale.ROOT, "writing %,d records", plan.keys()));
          if (!sweep(false)) {
            throw new MusterException(
                ErrorCode.BENCH_BROKEN,
                "the records to read could not be written within "
                    + SWEEP_SECONDS
                    + " s; try fewer --keys");
          }
        }
        m = measure(metrics, loops);
        if (plan.op() == SetGetPlan.Op.SET) {
          progress.accept("reading back what was written");
          if (!sweep(true)) trouble.note("not all records could be read back in time");
        }
      } finally {
        Loops.Loop spare = loops.get(target.threads());
        if (!Sweeper.removeAll(loops, spare, Door.of(target).getFirst(), prefix)) {
          progress.accept("could not remove the records below " + prefix);
        }
      }
      trouble.over();
      loops.close();
      return m.result(judge());
    }
  }

  private void connect(Loops loops) {
    List<Door> doors = Door.of(target);
    byte[][] texts = new byte[target.threads()][];
    for (int i = 0; i < texts.length; i++) {
      tallies.add(new Tally(window));
      texts[i] = Payload.of(plan.sizeBytes());
    }
    List<HappnClient> clients =
        new Dialer(loops)
            .open(
                plan.clients(),
                i -> {
                  int l = i % target.threads();
                  Worker w = new Worker(plan, i, prefix, window, tallies.get(l), trouble, texts[l]);
                  workers.add(w);
                  return new HappnClient(loops.get(l), doors.get(i % doors.size()), null, w);
                });
    for (int i = 0; i < workers.size(); i++) workers.get(i).client(clients.get(i));
  }

  /// @return whether it ended in time
  private boolean sweep(boolean reads) {
    CompletableFuture<?>[] all =
        workers.stream().map(w -> w.sweep(reads)).toArray(CompletableFuture<?>[]::new);
    return within(CompletableFuture.allOf(all), SWEEP_SECONDS);
  }

  private static boolean within(CompletableFuture<?> future, long seconds) {
    try {
      future.get(seconds, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// The figures; the verdict comes when everything has ended.
  private record Measured(
      double seconds, long sent, long done, Optional<Cost> cost, double own, SetGetRun run) {
    LoadResult result(Checked checked) {
      return new LoadResult(
          seconds,
          sent,
          done,
          Tally.latency(run.tallies),
          checked,
          cost,
          new Generator(
              own / seconds,
              Pacer.lateP99Nanos(run.pacers),
              run.pacers.stream().mapToLong(Pacer::unsent).sum()));
    }
  }

  private Measured measure(MemberMetrics metrics, Loops loops) {
    double warmup = timing.warmup().toNanos() / 1e9;
    progress.accept(String.format(Locale.ROOT, "warming up for %.1f s", warmup));
    if (plan.rate() == 0) workers.forEach(Worker::load);
    else pace(loops);
    trouble.pass(timing.warmup().toNanos());

    progress.accept(
        String.format(Locale.ROOT, "measuring for %.1f s", timing.measured().toNanos() / 1e9));
    Optional<MemberMetrics.Reading> before = metrics.read();
    double own = OwnCpu.seconds();
    long done = Tally.sum(tallies);
    long from = window.open();
    trouble.pass(timing.measured().toNanos());
    long to = window.close();
    done = Tally.sum(tallies) - done;
    own = OwnCpu.seconds() - own;
    Optional<Cost> cost = metrics.cost(before, metrics.read());
    drain(loops);
    return new Measured((to - from) / 1e9, done, done, cost, own, this);
  }

  private void pace(Loops loops) {
    long start = System.nanoTime();
    int threads = target.threads();
    for (int l = 0; l < threads; l++) {
      List<Worker> own = new ArrayList<>();
      for (int i = l; i < workers.size(); i += threads) own.add(workers.get(i));
      if (own.isEmpty()) continue;
      double share = plan.rate() * own.size() / workers.size();
      Pacer p =
          new Pacer(
              loops.get(l).events, new Pace(start, share), window, new Sender(own, tallies.get(l)));
      pacers.add(p);
      p.start();
    }
  }

  /// The workers of one loop, in turn.
  private static final class Sender implements Pacer.Sender {
    private final List<Worker> own;
    private final Tally tally;
    private int at;

    Sender(List<Worker> own, Tally tally) {
      this.own = own;
      this.tally = tally;
    }

    @Override
    public boolean send(long k, long dueNanos) {
      for (int tried = 0; tried < own.size(); tried++) {
        at = at + 1 == own.size() ? 0 : at + 1;
        if (own.get(at).next(dueNanos)) return true;
      }
      return false;
    }

    @Override
    public void flush() {
      for (Worker w : own) if (w.open()) w.flush();
    }

    @Override
    public void unsent(long k, long waitedNanos) {
      tally.waited(waitedNanos, 1);
    }
  }

  private void drain(Loops loops) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < DRAIN_MAX_NANOS) {
      boolean paced = pacers.stream().allMatch(p -> p.finished().isDone());
      if (paced && !busy(loops)) return;
      trouble.pass(DRAIN_STEP_NANOS);
    }
    for (Pacer p : pacers) {
      p.giveUp();
      p.finished().join();
    }
  }

  private boolean busy(Loops loops) {
    for (int l = 0; l < target.threads(); l++) {
      int first = l;
      boolean some =
          CompletableFuture.supplyAsync(
                  () -> {
                    for (int i = first; i < workers.size(); i += target.threads()) {
                      if (workers.get(i).busy()) return true;
                    }
                    return false;
                  },
                  loops.get(l).events)
              .join();
      if (some) return true;
    }
    return false;
  }

  private Checked judge() {
    return new Checked(
        workers.stream().mapToLong(Worker::lost).sum(),
        workers.stream().mapToLong(Worker::duplicates).sum(),
        workers.stream().mapToLong(Worker::outOfOrder).sum(),
        trouble.refusals(),
        trouble.disconnections(),
        trouble.words());
  }
}
