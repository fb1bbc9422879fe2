package io.muster.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SeriesTest {
  private static final Duration SOON = Duration.ofMillis(1);

  @Test
  void aSeriesGoesOnAfterARunThatFails() {
    AtomicInteger runs = new AtomicInteger();
    try (ControlLoop loop = new ControlLoop("test")) {
      loop.every(
          SOON,
          () -> {
            if (runs.incrementAndGet() % 2 == 1) throw new IllegalStateException("of the test");
          });
      Eventually.within(Duration.ofSeconds(10), "ten runs", () -> runs.get() >= 10);
    }
  }

  @Test
  void aCancelledSeriesEnds() throws InterruptedException {
    AtomicInteger runs = new AtomicInteger();
    try (ControlLoop loop = new ControlLoop("test")) {
      CountDownLatch cancelled = new CountDownLatch(1);
      Timers.Timer[] series = new Timers.Timer[1];
      loop.execute(
          () ->
              series[0] =
                  loop.every(
                      SOON,
                      () -> {
                        if (runs.incrementAndGet() < 3) return;
                        series[0].cancel();
                        cancelled.countDown();
                      }));
      cancelled.await();
      CountDownLatch later = new CountDownLatch(1);
      loop.after(Duration.ofMillis(50), later::countDown);
      later.await();
      assertThat(runs).hasValue(3);
    }
  }
}
