package io.muster.supervision.probe.core;

import static io.muster.spi.watch.Health.CRITICAL;
import static io.muster.spi.watch.Health.PASSING;
import static io.muster.spi.watch.Health.UNKNOWN;
import static io.muster.spi.watch.Health.WARNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.supervision.TargetId;
import io.muster.supervision.check.TtlSetup;
import io.muster.supervision.probe.CheckPlan;
import io.muster.supervision.probe.CheckView;
import io.muster.supervision.probe.Opinion;
import io.muster.supervision.probe.ProbeCounts;
import io.muster.supervision.probe.ProbePlan;
import io.muster.supervision.probe.Reported;
import io.muster.supervision.probe.Timing;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// The core under virtual time: each test moves the clock itself.
class ProbeCoreTest {
  private static final long MILLIS = 1_000_000;
  private static final long START = Long.MAX_VALUE - 5000 * MILLIS;

  /// A bound on probes at once, and nothing else.
  private record Plain(int concurrent) implements CheckSetup {
    @Override
    public Check open(CheckContext context) {
      return NOBODY;
    }
  }

  private static final Check NOBODY =
      new Check() {
        @Override
        public CompletableFuture<Finding> probe(Probe probe) {
          throw new AssertionError("the core asks nobody itself");
        }

        @Override
        public void close() {}
      };

  private final List<Effect.Start> started = new ArrayList<>();
  private final List<Effect> others = new ArrayList<>();
  private final Map<TargetId, Opinion> told = new HashMap<>();
  private int news;
  private long now = START;
  private ProbeCore core = new ProbeCore(1000, new Random(1));

  private static Timing timing(long every, long timeout, int rise, int fall) {
    return new Timing(
        Duration.ofMillis(every),
        Duration.ofMillis(timeout),
        rise,
        fall,
        Duration.ZERO,
        0,
        CRITICAL,
        Duration.ZERO);
  }

  private static CheckPlan check(String id, Timing timing) {
    return check(id, timing, new Plain(Integer.MAX_VALUE));
  }

  private static CheckPlan check(String id, Timing timing, CheckSetup setup) {
    return new CheckPlan(id, "test", id, setup, timing);
  }

  private static Target target(int i) {
    return new Target("c", "t" + i, new Endpoint.Net("tcp", "host" + i, 80), Map.of());
  }

  private void plan(int targets, CheckPlan... checks) {
    List<Target> all = new ArrayList<>();
    for (int i = 0; i < targets; i++) all.add(target(i));
    plan(new ProbePlan("c", List.of(checks), false, all));
  }

  private void plan(ProbePlan plan) {
    List<CheckGroup> groups = new ArrayList<>();
    for (CheckPlan c : plan.checks()) {
      groups.add(
          core.group(plan.cluster(), c.id())
              .filter(g -> g.plan().equals(c))
              .orElseGet(() -> new CheckGroup(plan.cluster(), c, NOBODY)));
    }
    take(core.plan(plan, groups, now));
  }

  private void take(List<Effect> effects) {
    for (Effect e : effects) {
      if (e instanceof Effect.Start s) started.add(s);
      else others.add(e);
    }
  }

  private void pass(long millis) {
    long end = now + millis * MILLIS;
    while (true) {
      long next = core.next(now).orElse(end);
      if (next - end > 0) break;
      now = next - now > 0 ? next : now;
      take(core.advance(now));
      hear();
      if (now == end) break;
    }
    now = end;
  }

  private void hear() {
    for (Opinion o : core.news(now)) {
      told.put(o.target(), o);
      news++;
    }
  }

  private void answer(Finding finding) {
    List<Effect.Start> all = List.copyOf(started);
    started.clear();
    for (Effect.Start s : all) core.finished(s.task(), s.attempt(), finding, now);
    hear();
  }

  private Health health() {
    return core.opinions().getFirst().health();
  }

  private CheckView view(String check) {
    return core.checks(new TargetId("c", "t0"), now, Instant.EPOCH).stream()
        .filter(v -> v.id().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private ProbeCounts counts() {
    return core.counts().getFirst();
  }

  @Test
  void theFirstProbeComesWithinTheFirstPeriodAndTheNextOnesOnePeriodLater() {
    plan(1, check("a", timing(1000, 1000, 1, 1)));
    pass(1000);
    assertThat(started).hasSize(1);
    answer(Finding.PASSED);
    assertThat(health()).isEqualTo(PASSING);

    for (int i = 0; i < 10; i++) {
      pass(1000);
      assertThat(started).hasSize(1);
      answer(Finding.PASSED);
    }

    assertThat(counts().started()).isEqualTo(11);
    assertThat(counts().late()).isZero();
    assertThat(news).as("told on change only").isEqualTo(1);
  }

  @Test
  void manyTargetsAreSpreadOverThePeriod() {
    plan(1000, check("a", timing(1000, 1000, 1, 1)));
    for (int tenth = 0; tenth < 10; tenth++) {
      int before = started.size();
      pass(100);
      assertThat(started.size() - before).isBetween(50, 160);
    }
    assertThat(started).hasSize(1000);
  }

  @Test
  void aProbeNeverOverlapsItself() {
    plan(1, check("a", timing(100, 1000, 1, 1)));
    pass(1000);
    assertThat(started).hasSize(1);

    answer(Finding.PASSED);
    pass(0);

    assertThat(started).as("what was due meanwhile follows at once, once").hasSize(1);
  }

  @Test
  void whoDoesNotAnswerTimesOutAndItsLateAnswerIsNotLookedAt() {
    plan(1, check("a", timing(1000, 1000, 1, 1)));
    pass(1000);
    Effect.Start probe = started.removeFirst();
    pass(1000);

    assertThat(health()).isEqualTo(CRITICAL);
    assertThat(told.get(new TargetId("c", "t0")).errors()).containsExactly("Timed out");
    assertThat(others).containsExactly(new Effect.Cancel(probe.task(), probe.attempt()));
    assertThat(counts().timedOut()).isEqualTo(1);

    core.finished(probe.task(), probe.attempt(), Finding.PASSED, now);
    assertThat(health()).isEqualTo(CRITICAL);
  }

  @Test
  void aPauseOfThisProcessIsNobodysFault() {
    plan(1, check("a", timing(1000, 1000, 1, 1)));
    pass(1000);
    now += 60_000 * MILLIS;

    core.overslept(60_000 * MILLIS);
    pass(0);

    assertThat(others).isEmpty();
    answer(Finding.PASSED);
    assertThat(health()).isEqualTo(PASSING);
  }

  @Test
  void afterAFailureTheOtherPeriodHolds() {
    Timing t =
        new Timing(
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            1,
            1,
            Duration.ZERO,
            0,
            CRITICAL,
            Duration.ofMillis(500));
    plan(1, check("a", t));
    pass(10_000);
    answer(Finding.critical("down"));
    // From start to start; it began somewhere in what has passed.
    pass(500);
    assertThat(started).hasSize(1);
    answer(Finding.PASSED);
    pass(9000);
    assertThat(started).isEmpty();
    pass(1000);
    assertThat(started).hasSize(1);
  }

  @Test
  void jitterAddsUpToItsPartAndKeepsTheAverage() {
    Timing t =
        new Timing(
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            1,
            1,
            Duration.ZERO,
            0.1,
            CRITICAL,
            Duration.ZERO);
    plan(1, check("a", t));
    List<Long> starts = new ArrayList<>();
    for (int i = 0; i < 200_000 && starts.size() < 101; i++) {
      pass(1);
      if (!started.isEmpty()) starts.add(now);
      answer(Finding.PASSED);
    }
    for (int i = 1; i < starts.size(); i++) {
      assertThat((starts.get(i) - starts.get(i - 1)) / MILLIS).isBetween(899L, 1101L);
    }
    assertThat((starts.getLast() - starts.getFirst()) / MILLIS / 100).isBetween(998L, 1002L);
  }

  @Test
  void theInitialDelayComesOnTop() {
    Timing t =
        new Timing(
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            1,
            1,
            Duration.ofSeconds(5),
            0,
            CRITICAL,
            Duration.ZERO);
    plan(100, check("a", t));
    pass(4999);
    assertThat(started).isEmpty();
    pass(1001);
    assertThat(started).hasSize(100);
  }

  @Test
  void unknownUntilEachCheckHasBeenRunAndThenTheWorstWins() {
    plan(1, check("a", timing(1000, 1000, 1, 1)), check("b", timing(1000, 1000, 1, 1)));
    pass(1000);
    Effect.Start a = find("a");
    Effect.Start b = find("b");

    core.finished(a.task(), a.attempt(), Finding.warning("slow"), now);
    hear();
    assertThat(health()).isEqualTo(UNKNOWN);
    assertThat(told).isEmpty();

    core.finished(b.task(), b.attempt(), Finding.critical("gone"), now);
    hear();
    Opinion opinion = told.get(new TargetId("c", "t0"));
    assertThat(opinion.health()).isEqualTo(CRITICAL);
    assertThat(opinion.errors()).containsExactly("gone");
    assertThat(opinion.warnings()).containsExactly("slow");
  }

  private Effect.Start find(String check) {
    return started.stream()
        .filter(s -> s.task().group().plan().id().equals(check))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void withoutChecksNobodyKnowsUnlessThatIsEnough() {
    plan(1);
    hear();
    assertThat(health()).isEqualTo(UNKNOWN);

    plan(new ProbePlan("c", List.of(), true, List.of(target(0))));
    hear();

    assertThat(told.get(new TargetId("c", "t0")).health()).isEqualTo(PASSING);
  }

  @Test
  void whatCannotBeAskedSaysNothingUntilItIsTooOld() {
    plan(1, check("a", timing(1000, 1000, 1, 1)));
    pass(1000);
    answer(Finding.PASSED);
    for (int i = 0; i < 4; i++) {
      pass(1000);
      answer(Finding.unknown("no free file"));
      assertThat(health()).isEqualTo(PASSING);
    }
    assertThat(view("a").message()).isEqualTo("no free file");

    pass(1000);

    assertThat(health()).as("lifetime is 5 s").isEqualTo(UNKNOWN);
    assertThat(told.get(new TargetId("c", "t0")).health()).isEqualTo(UNKNOWN);
    answer(Finding.PASSED);
    assertThat(health()).isEqualTo(PASSING);
  }

  @Test
  void noMoreThanAllowedRunAtOnceAndNobodyIsForgotten() {
    core = new ProbeCore(3, new Random(1));
    plan(10, check("a", timing(1000, 10_000, 1, 1)));
    pass(1000);
    assertThat(started).hasSize(3);
    assertThat(counts().running()).isEqualTo(3);
    assertThat(counts().waiting()).isEqualTo(7);

    int all = 3;
    while (counts().waiting() > 0) {
      answer(Finding.PASSED);
      pass(0);
      all += started.size();
    }
    assertThat(all).isEqualTo(10);
    assertThat(counts().late()).isZero();
  }

  @Test
  void aCheckHasItsOwnBoundAndDoesNotHoldOthersUp() {
    plan(
        10,
        check("dear", timing(1000, 10_000, 1, 1), new Plain(2)),
        check("cheap", timing(1000, 10_000, 1, 1)));
    pass(1000);
    assertThat(started.stream().filter(s -> s.task().group().plan().id().equals("cheap")))
        .hasSize(10);
    assertThat(started).hasSize(12);
  }

  @Test
  void whatStartsAPeriodLateIsCounted() {
    core = new ProbeCore(1, new Random(1));
    plan(2, check("a", timing(1000, 10_000, 1, 1)));
    pass(3000);
    assertThat(started).hasSize(1);
    answer(Finding.PASSED);
    pass(0);
    assertThat(started).hasSize(1);
    assertThat(counts().late()).isEqualTo(1);
  }

  @Test
  void aReloadKeepsWhatStaysAndEndsWhatGoes() {
    CheckPlan a = check("a", timing(1000, 1000, 1, 1));
    plan(2, a);
    pass(1000);
    answer(Finding.PASSED);
    pass(1000);
    assertThat(started).hasSize(2);

    plan(1, a, check("b", timing(1000, 1000, 1, 1)));

    assertThat(others).hasSize(1).allMatch(Effect.Cancel.class::isInstance);
    assertThat(view("a").health()).isEqualTo(PASSING);
    assertThat(view("b").health()).isEqualTo(UNKNOWN);
    assertThat(core.opinions()).hasSize(1);

    others.clear();
    plan(1, check("b", timing(2000, 500, 1, 1)));
    assertThat(others).anyMatch(Effect.Close.class::isInstance);
    assertThat(core.checks(new TargetId("c", "t0"), now, Instant.EPOCH)).hasSize(1);

    take(core.drop("c"));
    assertThat(core.opinions()).isEmpty();
    pass(10_000);
    hear();
    assertThat(core.next(now)).isEmpty();
  }

  @Test
  void whoMovedIsAskedAgainAtOnce() {
    CheckPlan a = check("a", timing(10_000, 10_000, 1, 1));
    plan(1, a);
    pass(10_000);
    answer(Finding.PASSED);
    Target moved = new Target("c", "t0", new Endpoint.Net("tcp", "elsewhere", 80), Map.of());

    plan(new ProbePlan("c", List.of(a), false, List.of(moved)));
    pass(0);

    assertThat(started).hasSize(1);
    assertThat(started.getFirst().probe().target()).isEqualTo(moved);
    assertThat(health()).isEqualTo(PASSING);
  }

  @Test
  void aServiceReportsItselfUntilItDoesNot() {
    TargetId id = new TargetId("c", "t0");
    plan(
        1,
        check("t", timing(1000, 1000, 1, 5), new TtlSetup(Duration.ofSeconds(30))),
        check("p", timing(60_000, 500, 1, 1)));
    pass(29_000);
    assertThat(view("t").health()).isEqualTo(UNKNOWN);
    assertThat(core.report(id, "t", Finding.PASSED, now)).isEqualTo(Reported.TAKEN);
    assertThat(core.report(id, "p", Finding.PASSED, now)).isEqualTo(Reported.NOT_TTL);
    assertThat(core.report(id, "x", Finding.PASSED, now)).isEqualTo(Reported.NO_CHECK);
    assertThat(core.report(new TargetId("c", "x"), "t", Finding.PASSED, now))
        .isEqualTo(Reported.NO_TARGET);
    pass(29_000);
    assertThat(view("t").health()).isEqualTo(PASSING);

    pass(1000);

    assertThat(view("t").health()).isEqualTo(CRITICAL);
    assertThat(view("t").message()).isEqualTo("No report for 30 s");
    core.report(id, "t", Finding.warning("busy"), now);
    assertThat(view("t").health()).isEqualTo(WARNING);
  }

  @Test
  void learnedTextsAreToldAtOnceAndNumbersNowAndThen() {
    plan(1, check("a", timing(1000, 1000, 1, 1)));
    pass(1000);
    answer(learned("master", 1));
    assertThat(news).isEqualTo(1);
    for (int i = 2; i < 12; i++) {
      pass(1000);
      answer(learned("master", i));
    }
    assertThat(news).isEqualTo(2);
    pass(1000);
    answer(learned("slave", 12));
    assertThat(news).isEqualTo(3);
    assertThat(told.get(new TargetId("c", "t0")).learned())
        .containsEntry("role", new JsonValue.Text("slave"))
        .containsEntry("memory", new JsonValue.Whole(12));
  }

  private static Finding learned(String role, long memory) {
    return Finding.passed(
        Map.of("role", new JsonValue.Text(role), "memory", new JsonValue.Whole(memory)));
  }

  /// Whatever happens: bounds hold, no task runs twice at once, each task that stays is started
  /// again and again, and what is given back is exactly what was taken.
  @Test
  void keepsItsPromisesUnderChance() {
    Seeds.each(
        150,
        (seed, random) -> {
          int bound = 1 + random.nextInt(6);
          core = new ProbeCore(bound, new Random(seed));
          started.clear();
          others.clear();
          now = random.nextLong();
          for (int step = 0; step < 400; step++) {
            switch (random.nextInt(10)) {
              case 0 -> {
                CheckPlan one = check("a", timing(100 + 50 * random.nextInt(3), 400, 2, 2));
                CheckPlan two =
                    check("b", timing(200, 300, 1, 1), new Plain(1 + random.nextInt(2)));
                plan(
                    random.nextInt(12),
                    random.nextBoolean() ? new CheckPlan[] {one, two} : new CheckPlan[] {two});
              }
              case 1 -> {
                if (random.nextInt(10) == 0) take(core.drop("c"));
              }
              case 2 -> core.overslept(random.nextInt(500) * MILLIS);
              case 3, 4 -> {
                if (!started.isEmpty()) {
                  Effect.Start s = started.remove(random.nextInt(started.size()));
                  Finding f = random.nextBoolean() ? Finding.PASSED : Finding.critical("x");
                  core.finished(s.task(), s.attempt(), f, now);
                }
              }
              default -> pass(random.nextInt(120));
            }
            hear();
            int running = 0;
            int waiting = 0;
            for (ProbeCounts c : core.counts()) {
              assertThat(c.running()).isNotNegative();
              assertThat(c.waiting()).isNotNegative();
              running += c.running();
              waiting += c.waiting();
            }
            assertThat(running).isBetween(0, bound);
            if (waiting == 0) continue;
            boolean dear = core.counts().stream().anyMatch(c -> c.check().equals("b"));
            assertThat(running == bound || dear || core.stirs()).isTrue();
          }
          // Left alone with quick answers everybody is heard.
          plan(5, check("z", timing(100, 400, 1, 1)));
          for (int i = 0; i < 200; i++) {
            pass(10);
            answer(Finding.PASSED);
          }
          assertThat(core.opinions()).hasSize(5).allMatch(o -> o.health() == PASSING);
        });
  }
}
