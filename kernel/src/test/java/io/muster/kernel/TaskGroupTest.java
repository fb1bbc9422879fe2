package io.muster.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TaskGroupTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private final List<Throwable> told = new CopyOnWriteArrayList<>();

  private TaskGroup group(Thread.Builder threads, Duration deadline) {
    return new TaskGroup("test", threads, deadline, told::add);
  }

  @Test
  void noTaskOutlivesItsGroup() {
    for (Thread.Builder threads : List.of(Thread.ofVirtual(), Thread.ofPlatform().daemon(true))) {
      TaskGroup group = group(threads, SOON);
      AtomicInteger ended = new AtomicInteger();
      for (int i = 0; i < 10; i++) {
        group.start(
            () -> {
              try {
                new CountDownLatch(1).await();
              } finally {
                ended.incrementAndGet();
              }
            });
      }

      group.close();

      assertThat(ended.get()).isEqualTo(10);
      assertThat(told).as("an interruption is no failure").isEmpty();
    }
  }

  @Test
  void nothingIsStartedOnceClosed() {
    TaskGroup group = group(Thread.ofVirtual(), SOON);
    AtomicBoolean ran = new AtomicBoolean();
    group.close();

    assertThat(group.start(() -> ran.set(true))).isFalse();
    assertThat(ran.get()).isFalse();
  }

  @Test
  void theFirstFailureIsToldOnce() {
    try (TaskGroup group = group(Thread.ofVirtual(), SOON)) {
      CountDownLatch second = new CountDownLatch(1);
      group.start(
          () -> {
            throw new java.io.IOException("first");
          });
      Eventually.within(SOON, "told", () -> told.size() == 1);
      group.start(
          () -> {
            second.countDown();
            throw new IllegalStateException("second");
          });
      Eventually.within(SOON, "second ran", () -> second.getCount() == 0);
    }

    assertThat(told).hasSize(1);
    assertThat(told.getFirst()).hasMessage("first");
  }

  @Test
  void whoDoesNotEndIsWaitedForUntilTheDeadlineOnly() {
    TaskGroup group = group(Thread.ofPlatform().daemon(true), Duration.ofMillis(200));
    CountDownLatch stubborn = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    group.start(
        () -> {
          running.countDown();
          while (stubborn.getCount() > 0) Thread.onSpinWait();
        });
    Eventually.within(SOON, "running", () -> running.getCount() == 0);
    long start = System.nanoTime();

    group.close();

    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(190), Duration.ofSeconds(5));
    stubborn.countDown();
  }

  @Test
  void aTaskMayCloseItsOwnGroup() {
    TaskGroup group = group(Thread.ofVirtual(), SOON);
    CountDownLatch closed = new CountDownLatch(1);

    group.start(
        () -> {
          group.close();
          closed.countDown();
        });

    Eventually.within(SOON, "closed by its task", () -> closed.getCount() == 0);
  }
}
