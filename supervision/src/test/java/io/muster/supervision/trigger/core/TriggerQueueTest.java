package io.muster.supervision.trigger.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.supervision.trigger.core.TriggerQueue.Rules;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TriggerQueueTest {
  @Test
  void latestKeepsOnlyTheNewestWhileOneRuns() {
    TriggerQueue<String> q = new TriggerQueue<>(Rules.latest(0));
    assertThat(q.fired("a")).isEmpty();
    assertThat(q.next(0)).contains("a");
    assertThat(q.fired("b")).isEmpty();
    assertThat(q.fired("c")).contains("b");
    assertThat(q.next(1)).isEmpty();

    q.ended();

    assertThat(q.next(2)).contains("c");
    assertThat(q.next(2)).isEmpty();
    assertThat(q.passedOver()).isEqualTo(1);
  }

  @Test
  void serialKeepsTheOrderAndRefusesWhatIsTooMuch() {
    TriggerQueue<Integer> q = new TriggerQueue<>(Rules.serial(0));
    for (int i = 0; i < 100; i++) assertThat(q.fired(i)).isEmpty();
    assertThat(q.fired(100)).contains(100);
    for (int i = 0; i < 100; i++) {
      assertThat(q.next(i)).contains(i);
      assertThat(q.next(i)).isEmpty();
      q.ended();
    }
    assertThat(q.next(100)).isEmpty();
  }

  @Test
  void parallelRunsManyAtOnceUpToABound() {
    TriggerQueue<Integer> q = new TriggerQueue<>(Rules.parallel(0));
    for (int i = 0; i < 20; i++) q.fired(i);
    for (int i = 0; i < 16; i++) assertThat(q.next(0)).contains(i);
    assertThat(q.next(0)).isEmpty();
    q.ended();
    assertThat(q.next(0)).contains(16);
  }

  @Test
  void aThrottledTriggerStartsAtMostOncePerPeriodAndWithTheNewest() {
    TriggerQueue<String> q = new TriggerQueue<>(Rules.latest(10));
    q.fired("a");
    assertThat(q.next(5)).contains("a");
    q.ended();
    q.fired("b");
    q.fired("c");
    assertThat(q.next(14)).isEmpty();
    assertThat(q.wakeAt(14)).isEqualTo(OptionalLong.of(15));
    assertThat(q.next(15)).contains("c");
    assertThat(q.wakeAt(15)).isEmpty();
  }

  @Test
  void whatWaitsCanBeGivenUp() {
    TriggerQueue<String> q = new TriggerQueue<>(Rules.serial(0));
    q.fired("a");
    q.fired("b");
    assertThat(q.clear()).containsExactly("a", "b");
    assertThat(q.waiting()).isZero();
  }
}
