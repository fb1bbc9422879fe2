package io.muster.supervision.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.TimeSource;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.supervision.TargetId;
import io.muster.supervision.check.AliasSetup;
import io.muster.supervision.check.TtlSetup;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProberTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private final List<Opinion> told = new CopyOnWriteArrayList<>();
  private final Map<TargetId, Health> verdicts = new ConcurrentHashMap<>();
  private final Prober prober =
      new Prober(
          ProberSettings.DEFAULT,
          TimeSource.system(),
          id -> verdicts.getOrDefault(id, Health.UNKNOWN),
          told::add);
  private final AtomicInteger closed = new AtomicInteger();

  @AfterEach
  void end() {
    prober.close();
  }

  private CheckSetup setup(Function<CheckContext, Function<Probe, CompletableFuture<Finding>>> f) {
    return context -> {
      var asked = f.apply(context);
      return new Check() {
        @Override
        public CompletableFuture<Finding> probe(Probe probe) {
          return asked.apply(probe);
        }

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    };
  }

  private void plan(CheckSetup setup, int timeoutMillis) {
    prober.plan(plan("c", setup, timeoutMillis));
  }

  private static ProbePlan plan(String cluster, CheckSetup setup, int timeoutMillis) {
    Timing timing =
        new Timing(
            Duration.ofMillis(100),
            Duration.ofMillis(timeoutMillis),
            1,
            1,
            Duration.ZERO,
            0,
            Health.CRITICAL,
            Duration.ZERO);
    Target target = new Target(cluster, "t", new Endpoint.Net("tcp", "h", 1), Map.of());
    CheckPlan check = new CheckPlan("a", "test", "{}", setup, timing);
    return new ProbePlan(cluster, List.of(check), false, List.of(target));
  }

  private void await(Health health) {
    Eventually.within(
        LIMIT, health.name(), () -> !told.isEmpty() && told.getLast().health() == health);
  }

  @Test
  void tellsWhatIsFoundAndOnlyChanges() {
    AtomicInteger asked = new AtomicInteger();
    plan(
        setup(
            _ ->
                _ -> {
                  asked.incrementAndGet();
                  return CompletableFuture.completedFuture(Finding.PASSED);
                }),
        5000);

    Eventually.within(LIMIT, "five probes", () -> asked.get() >= 5);

    assertThat(told).hasSize(1);
    assertThat(prober.opinions()).isEqualTo(told);
    CheckView view = prober.checks(new TargetId("c", "t")).getFirst();
    assertThat(view.health()).isEqualTo(Health.PASSING);
    assertThat(view.lastStart()).isPresent();
    assertThat(view.latencyMillis()).isPresent();
    assertThat(prober.counts().getFirst().started()).isGreaterThanOrEqualTo(5);
  }

  /// While the only probe runs, the thread sleeps until that would be given up, which is far away.
  @Test
  void anAnswerBringsTheNextProbeNearer() {
    AtomicInteger asked = new AtomicInteger();
    plan(
        setup(
            context ->
                _ ->
                    context.blocking(
                        () -> {
                          asked.incrementAndGet();
                          LockSupport.parkNanos(20_000_000);
                          return Finding.PASSED;
                        })),
        600_000);

    Eventually.within(LIMIT, "five probes", () -> asked.get() >= 5);
  }

  @Test
  void whatThrowsOrFailsIsCriticalWithItsMessage() {
    plan(
        setup(
            _ ->
                _ -> {
                  throw new IllegalStateException("thrown");
                }),
        5000);
    await(Health.CRITICAL);
    assertThat(told.getLast().errors()).containsExactly("thrown");
  }

  @Test
  void whatBlocksIsInterruptedWhenItsTimeIsOver() {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    plan(
        setup(
            context ->
                _ ->
                    context.blocking(
                        () -> {
                          try {
                            never.await();
                          } catch (InterruptedException e) {
                            interrupted.countDown();
                            throw e;
                          }
                          return Finding.PASSED;
                        })),
        200);

    await(Health.CRITICAL);

    assertThat(told.getLast().errors()).containsExactly("Timed out");
    Eventually.within(LIMIT, "interrupted", () -> interrupted.getCount() == 0);
  }

  @Test
  void closesChecksWithThemselvesAndWithTheirCluster() {
    plan(setup(_ -> _ -> new CompletableFuture<>()), 60_000);
    Eventually.within(LIMIT, "started", () -> prober.counts().getFirst().started() > 0);
    prober.drop("c");
    Eventually.within(LIMIT, "closed", () -> closed.get() == 1);
    assertThat(prober.opinions()).isEmpty();

    plan(setup(_ -> _ -> new CompletableFuture<>()), 60_000);
    prober.close();

    assertThat(closed).hasValue(2);
  }

  @Test
  void followsAnotherTarget() {
    plan(new AliasSetup(Optional.of("other"), Optional.empty()), 5000);
    TargetId other = new TargetId("other", "t");
    Eventually.within(LIMIT, "asked", () -> prober.counts().getFirst().unknown() > 0);
    assertThat(told).isEmpty();

    verdicts.put(other, Health.CRITICAL);
    await(Health.CRITICAL);
    assertThat(told.getLast().errors()).containsExactly("other/t is critical");

    verdicts.put(other, Health.PASSING);
    await(Health.PASSING);
  }

  @Test
  void takesReports() {
    plan(new TtlSetup(Duration.ofMillis(500)), 5000);
    assertThat(prober.report(new TargetId("c", "t"), "a", Finding.PASSED))
        .isEqualTo(Reported.TAKEN);
    await(Health.PASSING);
    await(Health.CRITICAL);
    assertThat(told.getLast().errors()).containsExactly("No report for 500 ms");
  }

  @Test
  void aCheckThatCannotBeOpenedSaysWhy() {
    plan(
        _ -> {
          throw new IllegalStateException("no such certificate");
        },
        5000);
    await(Health.CRITICAL);
    assertThat(told.getLast().errors())
        .containsExactly("Check a cannot be opened: no such certificate");
  }

  @Test
  void aListenerThatFailsDoesNotEndTheProber() {
    CountDownLatch more = new CountDownLatch(2);
    try (Prober bad =
        new Prober(
            ProberSettings.DEFAULT,
            TimeSource.system(),
            _ -> Health.UNKNOWN,
            _ -> {
              more.countDown();
              throw new IllegalStateException("listener");
            })) {
      AtomicInteger n = new AtomicInteger();
      bad.plan(
          plan(
              "c",
              setup(
                  _ ->
                      _ ->
                          CompletableFuture.completedFuture(
                              n.getAndIncrement() % 2 == 0
                                  ? Finding.PASSED
                                  : Finding.critical("x"))),
              5000));
      Eventually.within(LIMIT, "told again", () -> more.getCount() == 0);
    }
  }
}
