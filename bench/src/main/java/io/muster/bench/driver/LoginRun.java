package io.muster.bench.driver;

import io.muster.bench.Checked;
import io.muster.bench.Cost;
import io.muster.bench.Generator;
import io.muster.bench.LoadResult;
import io.muster.bench.LoginPlan;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run of [LoginPlan], top to bottom in [#run]; used once.
public final class LoginRun {
  private final Target target;
  private final LoginPlan plan;
  private final Timing timing;
  private final Consumer<String> progress;
  private final Window window = new Window();
  private final Trouble trouble = new Trouble();
  private final List<Tally> tallies = new ArrayList<>();
  private final AtomicInteger going = new AtomicInteger();
  private volatile boolean ended;

  public LoginRun(Target target, LoginPlan plan, Timing timing, Consumer<String> progress) {
    this.target = target;
    this.plan = plan;
    this.timing = timing;
    this.progress = progress;
  }

  /// See [io.muster.bench.Bench#login].
  public LoadResult run() {
    try (MemberMetrics metrics = new MemberMetrics(target.admins());
        Loops loops = new Loops(target.threads())) {
      metrics.read();
      List<Door> doors = Door.of(target);
      // The first tells whether anybody may log in at all.
      new Dialer(loops)
          .open(1, _ -> new HappnClient(loops.get(0), doors.getFirst(), null, NOBODY))
          .getFirst()
          .end();
      for (int i = 0; i < target.threads(); i++) tallies.add(new Tally(window));
      going.set(plan.atOnce());
      for (int i = 0; i < plan.atOnce(); i++) {
        int l = i % target.threads();
        Visitor v = new Visitor(loops, loops.get(l), doors.get(i % doors.size()), tallies.get(l));
        loops.get(l).events.execute(v::come);
      }
      double warmup = timing.warmup().toNanos() / 1e9;
      progress.accept(String.format(Locale.ROOT, "warming up for %.1f s", warmup));
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
      ended = true;
      trouble.over();
      loops.close();
      double seconds = (to - from) / 1e9;
      return new LoadResult(
          seconds,
          done,
          done,
          Tally.latency(tallies),
          new Checked(0, 0, 0, 0, trouble.disconnections(), trouble.words()),
          cost,
          new Generator(own / seconds, 0, 0));
    }
  }

  private static final HappnClient.Listener NOBODY = new HappnClient.Listener() {};

  /// One that comes and goes; on its loop.
  private final class Visitor implements HappnClient.Listener {
    private final Loops loops;
    private final Loops.Loop loop;
    private final Door door;
    private final Tally tally;

    Visitor(Loops loops, Loops.Loop loop, Door door, Tally tally) {
      this.loops = loops;
      this.loop = loop;
      this.door = door;
      this.tally = tally;
    }

    void come() {
      if (ended) return;
      long begun = System.nanoTime();
      new HappnClient(loop, door, null, this)
          .open(loops)
          .whenComplete((client, e) -> loop.events.execute(() -> came(client, e, begun)));
    }

    private void came(@Nullable HappnClient client, @Nullable Throwable e, long begun) {
      if (client != null) {
        tally.done(begun);
        client.end();
        come();
        return;
      }
      if (ended) return;
      // Whoever is turned away stays away: the others' rate is what is measured then.
      trouble.disconnected("a login failed: " + (e == null ? "" : e.getMessage()));
      if (going.decrementAndGet() == 0) trouble.hopeless();
    }
  }
}
