package io.muster.supervision.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.TimeSource;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BalancerRunnerTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private final Fake fake = new Fake();
  private final List<BalancerEvent> events = new CopyOnWriteArrayList<>();
  private final BalancerRunner runner =
      new BalancerRunner(
          new BalancerId("web", "front"),
          "fake",
          fake,
          new BalancerTiming(
              Duration.ofMillis(20),
              Duration.ofMillis(50),
              Duration.ofMillis(10),
              Duration.ofMillis(40)),
          TimeSource.system(),
          events::add);

  @AfterEach
  void close() {
    fake.gate.release(1000);
    runner.close();
  }

  @Test
  void beginsHeldAndAppliesTheNewestOnceFree() {
    runner.start();
    runner.pool(pool(1, "a:1"));
    runner.pool(pool(2, "a:1", "b:1"));
    runner.pool(pool(1, "late:1"));
    assertThat(runner.view().held()).isTrue();
    assertThat(runner.view().wanted()).isEqualTo(2);

    runner.hold(false);

    Eventually.within(SOON, "applied", () -> runner.view().applied() == 2);
    assertThat(fake.applied.getFirst().revision()).isEqualTo(2);
    assertThat(fake.atOnceMax).hasValue(1);
    BalancerView view = runner.view();
    assertThat(view.files()).containsExactly(new Balancer.RenderedFile("/f", "[a:1, b:1]"));
    assertThat(view.notes()).containsExactly("a note");
    assertThat(view.lastApplied().orElseThrow().how()).isEqualTo(Balancer.Applied.RELOADED);
    Eventually.within(SOON, "told", () -> !events.isEmpty());
    assertThat(events.getFirst()).isInstanceOf(BalancerEvent.BalancerApplied.class);
  }

  @Test
  void aTroubleIsToldOnceAndCountedAndOverWithSuccess() {
    fake.failure = new BalancerException(BalancerException.Step.VALIDATE, "line 3: no");
    runner.start();
    runner.hold(false);
    runner.pool(pool(7, "a:1"));

    Eventually.within(
        SOON,
        "three failures",
        () -> runner.view().trouble().map(t -> t.times() >= 3).orElse(false));
    BalancerView.Trouble trouble = runner.view().trouble().orElseThrow();
    assertThat(trouble.step()).isEqualTo(BalancerException.Step.VALIDATE);
    assertThat(trouble.message()).isEqualTo("line 3: no");
    assertThat(runner.view().applied()).isEqualTo(-1);
    Eventually.within(SOON, "told", () -> !events.isEmpty());
    assertThat(events).hasSize(1).first().isInstanceOf(BalancerEvent.BalancerFailed.class);

    fake.failure = null;
    Eventually.within(SOON, "applied", () -> runner.view().applied() == 7);
    Eventually.within(SOON, "told", () -> events.size() == 2);
    assertThat(runner.view().trouble()).isEmpty();
    assertThat(runner.view().counters().failed()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void aPluginThatThrowsAnythingIsATroubleToo() {
    fake.failure = new IllegalStateException("oops");
    runner.start();
    runner.hold(false);
    runner.pool(pool(1, "a:1"));

    Eventually.within(SOON, "a trouble", () -> runner.view().trouble().isPresent());

    assertThat(runner.view().trouble().orElseThrow().message()).contains("oops");
    fake.failure = null;
    Eventually.within(SOON, "applied", () -> runner.view().applied() == 1);
  }

  @Test
  void whatDriftedIsToldAndBroughtBackUnlessHeld() {
    runner.start();
    runner.hold(false);
    runner.pool(pool(1, "a:1"));
    Eventually.within(SOON, "applied", () -> runner.view().applied() == 1);
    runner.hold(true);
    int runs = fake.applied.size();

    fake.asLeft.set(false);
    Eventually.within(SOON, "seen", () -> runner.view().drift().equals(List.of("b:1 is missing")));
    Eventually.within(SOON, "again", () -> runner.view().counters().drifted() >= 3);
    assertThat(fake.applied).as("held").hasSizeLessThanOrEqualTo(runs + 1);
    Eventually.within(
        SOON,
        "told",
        () -> events.stream().anyMatch(BalancerEvent.BalancerDrifted.class::isInstance));

    runner.hold(false);
    Eventually.within(SOON, "brought back", () -> fake.asLeft.get());
    Eventually.within(SOON, "seen", () -> runner.view().drift().isEmpty());
  }

  @Test
  void whoAsksIsAnsweredByTheBalancerItselfAlsoBeforeAnythingWasApplied() throws Exception {
    runner.start();

    assertThat(runner.look().get().running()).isTrue();
    fake.silent = true;
    assertThatThrownBy(() -> runner.look().get()).hasMessageContaining("no answer");
    assertThat(fake.applied).isEmpty();

    runner.close();
    assertThat(runner.look()).isCompletedExceptionally();
    assertThat(fake.closed).isTrue();
  }

  private static Pool pool(long revision, String... addrs) {
    return new Pool(
        revision,
        List.of(addrs).stream()
            .map(a -> new Target("web", a, Endpoint.parse(a, 0), Map.of()))
            .map(t -> new Pool.Member(t, false))
            .toList());
  }

  private static final class Fake implements Balancer {
    final List<Pool> applied = new CopyOnWriteArrayList<>();
    final AtomicInteger atOnce = new AtomicInteger();
    final AtomicInteger atOnceMax = new AtomicInteger();
    final AtomicBoolean asLeft = new AtomicBoolean(true);
    final Semaphore gate = new Semaphore(1000);
    volatile @Nullable RuntimeException failure;
    volatile boolean silent;
    volatile boolean closed;

    @Override
    public Rendered render(Pool pool) {
      String text = pool.members().stream().map(m -> m.target().addr()).toList().toString();
      return new Rendered(List.of(new RenderedFile("/f", text)), List.of("a note"));
    }

    @Override
    public Applied apply(Pool pool) {
      atOnceMax.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      try {
        gate.acquireUninterruptibly();
        RuntimeException e = failure;
        if (e != null) throw e;
        applied.add(pool);
        asLeft.set(true);
        return Applied.RELOADED;
      } finally {
        atOnce.decrementAndGet();
      }
    }

    @Override
    public Look look() {
      if (silent) {
        throw new BalancerException(BalancerException.Step.UNREACHABLE, "no answer");
      }
      return new Look(
          true,
          asLeft.get() ? List.of() : List.of("b:1 is missing"),
          new JsonValue.Obj(new LinkedHashMap<>()));
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
