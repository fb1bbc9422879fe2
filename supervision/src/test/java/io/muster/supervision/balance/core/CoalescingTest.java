package io.muster.supervision.balance.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.supervision.balance.core.Coalescing.Step;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CoalescingTest {
  private static final long MS = 1_000_000;
  private final Coalescing core =
      new Coalescing(
          Duration.ofMillis(200),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10));
  private long now =
      Long.MAX_VALUE - 500 * MS; // the clock's origin is arbitrary: it overflows here

  @Test
  void changesThatComeTogetherAreAppliedOnceSoonAfterTheFirst() {
    core.hold(false);
    core.wanted(now);
    now += 150 * MS;
    core.wanted(now);

    assertThat(core.next(now)).isEqualTo(new Step.Wait(50 * MS));
    now += 50 * MS;
    assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
    assertThat(core.next(now)).as("one at a time").isEqualTo(new Step.Wait(Long.MAX_VALUE));

    core.succeeded(now);
    assertThat(core.next(now)).as("then the look").isEqualTo(new Step.Wait(30_000 * MS));
  }

  @Test
  void whatComesDuringARunIsAppliedAfterIt() {
    free();
    core.wanted(now);
    now += 5000 * MS;
    assertThat(core.next(now)).isInstanceOf(Step.Wait.class);

    core.succeeded(now);

    assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
  }

  @Test
  void theSameIsTriedAgainAfterPausesThatDoubleUpToALimit() {
    free();
    for (long pause : new long[] {1000, 2000, 4000, 8000, 10_000, 10_000}) {
      assertThat(core.failed(now)).isEqualTo(pause * MS);
      assertThat(core.next(now)).isEqualTo(new Step.Wait(pause * MS));
      now += pause * MS;
      assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
    }
    core.succeeded(now);
    core.wanted(now);
    now += 200 * MS;
    assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
    assertThat(core.failed(now)).as("forgotten with success").isEqualTo(1000 * MS);
  }

  @Test
  void aNewPoolIsTriedBeforeTheOldOneIsTriedAgainButNotAtOnce() {
    free();
    core.failed(now);
    now += 1000 * MS;
    core.next(now);
    core.failed(now);

    core.wanted(now + 100 * MS);
    assertThat(core.next(now + 100 * MS)).isEqualTo(new Step.Wait(900 * MS));

    core.wanted(now + 1500 * MS);
    assertThat(core.next(now + 1500 * MS)).isInstanceOf(Step.Apply.class);
  }

  @Test
  void whileHeldNothingIsAppliedAndLooksGoOn() {
    core.wanted(now);
    core.lookSoon(now);
    now += 60_000 * MS;
    assertThat(core.next(now)).isInstanceOf(Step.Look.class);
    core.looked(false, now);
    assertThat(core.next(now)).isEqualTo(new Step.Wait(30_000 * MS));

    core.hold(false);

    assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
  }

  @Test
  void whatDriftedIsBroughtBack() {
    free();
    core.succeeded(now);
    now += 30_000 * MS;
    assertThat(core.next(now)).isInstanceOf(Step.Look.class);
    core.looked(true, now);
    assertThat(core.next(now)).isEqualTo(new Step.Wait(30_000 * MS));

    now += 30_000 * MS;
    core.next(now);
    core.looked(false, now);

    assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
  }

  /// Whatever happens in whatever order: one thing at a time, nothing while held, and in the end
  /// the newest pool was applied.
  @Test
  void thePoolThatCameLastIsAppliedInTheEnd() {
    for (int seed = 0; seed < 500; seed++) {
      Random chance = new Random(seed);
      Coalescing c =
          new Coalescing(
              Duration.ofMillis(chance.nextInt(300)),
              Duration.ofSeconds(5),
              Duration.ofSeconds(1),
              Duration.ofSeconds(8));
      long t = chance.nextLong();
      boolean held = true;
      long newest = 0;
      long inRun = 0;
      long applied = 0;
      Step running = null;
      for (int i = 0; i < 400 || applied < newest || running != null; i++) {
        assertThat(i).as("seed %d ends", seed).isLessThan(2000);
        t += chance.nextInt(400) * MS;
        boolean calm = i >= 400;
        switch (chance.nextInt(calm ? 2 : 5)) {
          case 0 -> {
            Step step = c.next(t);
            if (step instanceof Step.Wait) break;
            assertThat(running).as("seed %d: one at a time", seed).isNull();
            assertThat(step instanceof Step.Apply && held).as("seed %d: held", seed).isFalse();
            running = step;
            inRun = newest;
          }
          case 1 -> {
            if (running instanceof Step.Look) c.looked(chance.nextBoolean(), t);
            else if (running == null) break;
            else if (!calm && chance.nextBoolean()) c.failed(t);
            else {
              c.succeeded(t);
              applied = inRun;
            }
            running = null;
          }
          case 2 -> {
            newest++;
            c.wanted(t);
          }
          case 3 -> {
            held = chance.nextBoolean();
            c.hold(held);
          }
          default -> c.lookSoon(t);
        }
        if (calm && held) {
          held = false;
          c.hold(false);
        }
      }
    }
  }

  /// Free, and in its first run.
  private void free() {
    core.hold(false);
    core.wanted(now);
    now += 200 * MS;
    assertThat(core.next(now)).isInstanceOf(Step.Apply.class);
  }
}
