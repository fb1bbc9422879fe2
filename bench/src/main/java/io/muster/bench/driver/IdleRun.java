package io.muster.bench.driver;

import io.muster.bench.Checked;
import io.muster.bench.Cost;
import io.muster.bench.IdlePlan;
import io.muster.bench.IdleResult;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// One run of [IdlePlan], top to bottom in [#run]; used once.
public final class IdleRun {
  private final Target target;
  private final IdlePlan plan;
  private final Timing timing;
  private final Consumer<String> progress;
  private final Trouble trouble = new Trouble();

  public IdleRun(Target target, IdlePlan plan, Timing timing, Consumer<String> progress) {
    this.target = target;
    this.plan = plan;
    this.timing = timing;
    this.progress = progress;
  }

  /// See [io.muster.bench.Bench#idle].
  public IdleResult run() {
    try (MemberMetrics metrics = new MemberMetrics(target.admins());
        Loops loops = new Loops(target.threads())) {
      Optional<MemberMetrics.Reading> empty = metrics.read();
      progress.accept(String.format(Locale.ROOT, "connecting %,d clients", plan.clients()));
      List<Door> doors = Door.of(target);
      String prefix = Payload.prefix();
      HappnClient.Listener listener =
          new HappnClient.Listener() {
            @Override
            public void closed(String why) {
              trouble.disconnected(why);
            }
          };
      long begin = System.nanoTime();
      new Dialer(loops)
          .open(
              plan.clients(),
              i ->
                  new HappnClient(
                      loops.get(i % target.threads()),
                      doors.get(i % doors.size()),
                      "/ALL@" + prefix + "/i" + i,
                      listener));
      double setUp = (System.nanoTime() - begin) / 1e9;
      double settle = timing.warmup().toNanos() / 1e9;
      progress.accept(String.format(Locale.ROOT, "letting them settle for %.1f s", settle));
      trouble.pass(timing.warmup().toNanos());
      progress.accept(
          String.format(Locale.ROOT, "measuring for %.1f s", timing.measured().toNanos() / 1e9));
      Optional<MemberMetrics.Reading> before = metrics.read();
      long from = System.nanoTime();
      trouble.pass(timing.measured().toNanos());
      double seconds = (System.nanoTime() - from) / 1e9;
      Optional<MemberMetrics.Reading> after = metrics.read();
      Optional<Cost> cost = metrics.cost(before, after);
      trouble.over();
      return new IdleResult(
          plan.clients(),
          plan.clients() / setUp,
          cost.map(c -> OptionalDouble.of(c.cpuSeconds() / seconds)).orElse(OptionalDouble.empty()),
          perClient(empty, after),
          cost,
          new Checked(0, 0, 0, 0, trouble.disconnections(), trouble.words()));
    }
  }

  private OptionalDouble perClient(
      Optional<MemberMetrics.Reading> empty, Optional<MemberMetrics.Reading> after) {
    OptionalLong was = empty.isEmpty() ? OptionalLong.empty() : empty.get().residentBytes();
    OptionalLong is = after.isEmpty() ? OptionalLong.empty() : after.get().residentBytes();
    if (was.isEmpty() || is.isEmpty()) return OptionalDouble.empty();
    return OptionalDouble.of((double) (is.getAsLong() - was.getAsLong()) / plan.clients());
  }
}
