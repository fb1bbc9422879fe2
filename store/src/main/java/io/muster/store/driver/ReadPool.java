package io.muster.store.driver;

import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Threads for work that takes long, and a bound on what waits for one. Whoever asked is
/// answered in every case: beyond the bound, and for what waits when the pool is closed, with
/// `UNAVAILABLE`.
final class ReadPool implements AutoCloseable {
  private record Read<T>(Supplier<T> work, CompletableFuture<T> answer) implements Runnable {
    @Override
    public void run() {
      try {
        answer.complete(work.get());
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    }

    void refuse(String why, @Nullable Exception e) {
      answer.completeExceptionally(new StoreException(Kind.UNAVAILABLE, why, e));
    }
  }

  private static final String CLOSED = "the store is closed";
  private final ThreadPoolExecutor threads;
  private final String full;

  ReadPool(int atOnce, int waiting, ThreadFactory factory) {
    this(atOnce, waiting, "too many wildcard reads wait already", factory);
  }

  /// @param full why one more is refused when so many wait
  ReadPool(int atOnce, int waiting, String full, ThreadFactory factory) {
    this.full = full;
    threads =
        new ThreadPoolExecutor(
            atOnce, atOnce, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(waiting), factory);
    threads.allowCoreThreadTimeOut(true);
  }

  <T> CompletableFuture<T> read(Supplier<T> work) {
    Read<T> read = new Read<>(work, new CompletableFuture<>());
    try {
      threads.execute(read);
    } catch (RejectedExecutionException e) {
      read.refuse(threads.isShutdown() ? CLOSED : full, e);
    }
    return read.answer;
  }

  /// Interrupts what runs and refuses what waits.
  @Override
  public void close() {
    for (Runnable waiting : threads.shutdownNow()) ((Read<?>) waiting).refuse(CLOSED, null);
  }
}
