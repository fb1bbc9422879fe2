package io.muster.bench.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What goes wrong during a run. Any thread.
final class Trouble {
  private final AtomicReference<@Nullable String> first = new AtomicReference<>();
  private final AtomicInteger disconnected = new AtomicInteger();
  private final AtomicLong refused = new AtomicLong();
  private final CountDownLatch hopeless = new CountDownLatch(1);
  private volatile boolean over;

  /// A client lost its connection.
  void disconnected(String why) {
    if (over) return;
    first.compareAndSet(null, why);
    disconnected.incrementAndGet();
  }

  /// A request was answered with an error.
  void refused(byte[] frame, int length) {
    if (over) return;
    refused.incrementAndGet();
    if (first.get() == null) {
      first.compareAndSet(
          null, "refused: " + new String(frame, 0, Math.min(300, length), StandardCharsets.UTF_8));
    }
  }

  /// Something else, in words.
  void note(String what) {
    first.compareAndSet(null, what);
  }

  /// Nothing can be measured any more.
  void hopeless() {
    hopeless.countDown();
  }

  /// From here on connections end because we end them.
  void over() {
    over = true;
  }

  long refusals() {
    return refused.get();
  }

  int disconnections() {
    return disconnected.get();
  }

  Optional<String> words() {
    return Optional.ofNullable(first.get());
  }

  /// Lets time pass.
  ///
  /// @throws MusterException `bench_broken` as soon as there is nothing left to measure
  void pass(long nanos) {
    boolean broken;
    try {
      broken = hopeless.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.BENCH_BROKEN, "interrupted", e);
    }
    if (broken) {
      throw new MusterException(
          ErrorCode.BENCH_BROKEN,
          "no client that sends is connected any more; the first said: " + words().orElse("-"));
    }
  }
}
