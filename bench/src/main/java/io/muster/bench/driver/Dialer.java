package io.muster.bench.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Opens many clients, a bounded number at a time: a member hashes a password for each, and a
/// thousand at once would only wait for each other.
final class Dialer {
  private static final int AT_ONCE = 64;
  private static final int STALL_SECONDS = 45;
  private final Loops loops;
  private final Semaphore slots = new Semaphore(AT_ONCE);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  Dialer(Loops loops) {
    this.loops = loops;
  }

  /// Opens `count` clients and waits until all are ready.
  ///
  /// @throws MusterException of the first that failed, or `bench_broken` when nothing moves
  List<HappnClient> open(int count, IntFunction<HappnClient> make) {
    List<HappnClient> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      take(1, all.size(), count);
      HappnClient c = make.apply(i);
      all.add(c);
      c.open(loops)
          .whenComplete(
              (_, e) -> {
                if (e != null) failure.compareAndSet(null, cause(e));
                slots.release();
              });
    }
    take(AT_ONCE, all.size(), count);
    slots.release(AT_ONCE);
    return all;
  }

  private static Throwable cause(Throwable e) {
    return e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
  }

  private void take(int permits, int begun, int count) {
    boolean got;
    try {
      got = slots.tryAcquire(permits, STALL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.BENCH_BROKEN, "interrupted", e);
    }
    Throwable e = failure.get();
    if (e instanceof MusterException m) throw m;
    if (e != null || !got) {
      String why = e == null || e instanceof TimeoutException ? "no answer" : e.toString();
      throw new MusterException(
          ErrorCode.BENCH_BROKEN,
          "the set-up stalled with " + begun + " of " + count + " clients begun: " + why,
          e);
    }
  }
}
