package io.muster.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ControlLoopTest {
  private final List<String> ran = new CopyOnWriteArrayList<>();

  /// Keeps the loop busy until told.
  private static CountDownLatch busy(ControlLoop loop) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    loop.execute(
        () -> {
          begun.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    return go;
  }

  private static void settled(ControlLoop loop) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(() -> done.complete(null));
    done.orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Test
  void aFullLoopRefusesOthersAndKeepsWhatMayNotBeLost() throws Exception {
    try (ControlLoop loop = new ControlLoop("small", 5)) {
      CountDownLatch go = busy(loop);
      CompletableFuture<Void> timer = new CompletableFuture<>();
      loop.after(Duration.ofMillis(1), () -> timer.complete(null));
      for (int i = 0; i < 5; i++) loop.submit(() -> ran.add("other"));

      assertThatThrownBy(() -> loop.submit(() -> ran.add("too many")))
          .isInstanceOfSatisfying(
              MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED))
          .hasMessageContaining("small loop has 5 tasks");
      for (int i = 0; i < 20; i++) loop.execute(() -> ran.add("event"));
      assertThat(loop.waiting()).isEqualTo(25);
      assertThat(loop.refused()).isOne();

      go.countDown();
      settled(loop);
      timer.orTimeout(10, TimeUnit.SECONDS).join();

      assertThat(ran).hasSize(25).endsWith("event").doesNotContain("too many");
      assertThat(loop.waiting()).isZero();
      loop.submit(() -> ran.add("room again"));
      settled(loop);
      assertThat(ran).endsWith("room again");
    }
  }

  @Test
  void whatTheLoopAsksOfItselfIsNotRefused() {
    try (ControlLoop loop = new ControlLoop("own", 1)) {
      loop.execute(
          () -> {
            for (int i = 0; i < 10; i++) {
              String n = "" + i;
              loop.submit(() -> ran.add(n));
            }
          });
      settled(loop);
      settled(loop);
    }
    assertThat(ran).isEqualTo(IntStream.range(0, 10).mapToObj(i -> "" + i).toList());
  }

  @Test
  void aClosedLoopDropsAndCountsNothing() {
    ControlLoop loop = new ControlLoop("closed", 2);
    loop.close();
    for (int i = 0; i < 10; i++) loop.submit(() -> ran.add("never"));

    assertThat(ran).isEmpty();
    assertThat(loop.waiting()).isZero();
    assertThatThrownBy(() -> new ControlLoop("none", 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
