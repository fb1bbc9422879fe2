package io.muster.plugins.store.database;

import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Blocking calls on a bounded number of virtual threads, with a bounded number that wait.
///
/// Changes of one path run one after the other as they were given, and so do a change and a removal
/// by a pattern that matches its path; all else runs at once. Scans take half of the threads at
/// most, so that single records never wait for lists alone.
///
/// Everybody has an answer at the deadline: what still waits is `UNAVAILABLE` and will not run, a
/// change that runs is `UNKNOWN` and keeps its place until its call returns, so that none overtakes
/// it.
///
/// Safe on any thread; one lock, never held while a call runs or a future completes.
final class OrderedWork implements AutoCloseable {
  /// How work is ordered.
  enum Order {
    READ,
    SCAN,
    /// Changes the record of a path.
    CHANGE,
    /// Changes all records of a pattern.
    SWEEP
  }

  /// What blocks.
  interface Call<T> {
    /// @param expires epoch milliseconds of the deadline
    T run(long expires);
  }

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);
  private static final String CLOSED = "the store is closed";

  private final class Task<T> {
    final Order order;
    final PathPattern at;
    final Call<T> call;
    final CompletableFuture<T> answer = new CompletableFuture<>();
    final long deadline = System.nanoTime() + timeoutNanos;
    final long expires = System.currentTimeMillis() + TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
    final List<Task<?>> followers = new ArrayList<>(1);

    /// How many it follows that are not done.
    int ahead;

    boolean running;
    boolean givenUp;

    Task(Order order, PathPattern at, Call<T> call) {
      this.order = order;
      this.at = at;
      this.call = call;
    }

    boolean changes() {
      return order == Order.CHANGE || order == Order.SWEEP;
    }

    void follow(Task<?> other) {
      other.followers.add(this);
      ahead++;
    }

    void run() {
      try {
        answer.complete(call.run(expires));
      } catch (StoreException e) {
        answer.completeExceptionally(e);
      } catch (CriteriaException e) {
        fail(Kind.REFUSED, String.valueOf(e.getMessage()));
      } catch (RuntimeException | Error e) {
        // A runner's outermost frame: whoever asked is told, and the next one gets its turn.
        answer.completeExceptionally(new StoreException(Kind.FAILED, String.valueOf(e), e));
      }
    }

    void fail(Kind kind, String why) {
      answer.completeExceptionally(new StoreException(kind, why, null));
    }
  }

  private final String name;
  private final int threads;
  private final int scansMax;
  private final int max;
  private final long timeoutNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Set<Task<?>> unfinished = new LinkedHashSet<>();
  private final Map<String, Task<?>> lastOfPath = new HashMap<>();
  private final Set<Task<?>> sweeps = new LinkedHashSet<>();
  private final ArrayDeque<Task<?>> due = new ArrayDeque<>();
  private final ArrayDeque<Task<?>> scansDue = new ArrayDeque<>();
  private int running;
  private int scansRunning;
  private boolean closed;

  OrderedWork(String name, DatabaseSettings settings) {
    this.name = name;
    this.threads = settings.threads();
    this.scansMax = Math.max(1, settings.threads() / 2);
    this.max = settings.threads() + settings.waitingMax();
    this.timeoutNanos = settings.timeout().toNanos();
  }

  <T> CompletableFuture<T> submit(Order order, String pattern, Call<T> call) {
    Task<T> task = new Task<>(order, new PathPattern(pattern), call);
    lock.lock();
    try {
      if (closed) {
        task.fail(Kind.UNAVAILABLE, CLOSED);
        return task.answer;
      }
      if (unfinished.size() >= max) {
        task.fail(
            Kind.UNAVAILABLE, unfinished.size() + " operations wait for the database already");
        return task.answer;
      }
      unfinished.add(task);
      place(task);
      if (task.ahead == 0) enqueue(task);
    } finally {
      lock.unlock();
    }
    return task.answer;
  }

  private void place(Task<?> task) {
    switch (task.order) {
      case READ, SCAN -> {}
      case CHANGE -> {
        String path = task.at.pattern();
        Task<?> last = lastOfPath.put(path, task);
        if (last != null) task.follow(last);
        for (Task<?> sweep : sweeps) {
          if (sweep.at.matches(path)) task.follow(sweep);
        }
      }
      case SWEEP -> {
        lastOfPath.forEach(
            (path, last) -> {
              if (task.at.matches(path)) task.follow(last);
            });
        for (Task<?> sweep : sweeps) task.follow(sweep);
        sweeps.add(task);
      }
    }
  }

  private void enqueue(Task<?> task) {
    (task.order == Order.SCAN ? scansDue : due).add(task);
    if (running < threads) {
      running++;
      Thread.ofVirtual().name("store-" + name).start(this::work);
    }
  }

  private @Nullable Task<?> next() {
    Task<?> task = due.poll();
    if (task == null && scansRunning < scansMax) {
      task = scansDue.poll();
      if (task != null) scansRunning++;
    }
    if (task != null) task.running = true;
    return task;
  }

  private void work() {
    while (true) {
      Task<?> task;
      lock.lock();
      try {
        task = next();
        if (task == null) {
          running--;
          idle.signalAll();
          return;
        }
      } finally {
        lock.unlock();
      }
      if (!task.givenUp) task.run();
      lock.lock();
      try {
        finish(task);
      } finally {
        lock.unlock();
      }
    }
  }

  private void finish(Task<?> task) {
    unfinished.remove(task);
    if (task.order == Order.SCAN) scansRunning--;
    if (task.order == Order.CHANGE) lastOfPath.remove(task.at.pattern(), task);
    if (task.order == Order.SWEEP) sweeps.remove(task);
    for (Task<?> f : task.followers) {
      if (--f.ahead == 0) enqueue(f);
    }
  }

  /// Answers those whose deadline has passed; called several times a second by one thread.
  void lookAtTheTime() {
    long now = System.nanoTime();
    List<Task<?>> late = new ArrayList<>();
    lock.lock();
    try {
      // In the order of their deadlines, since all have the same time.
      for (Task<?> task : unfinished) {
        if (task.deadline - now > 0) break;
        if (!task.running) task.givenUp = true;
        late.add(task);
      }
    } finally {
      lock.unlock();
    }
    long ms = TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
    for (Task<?> task : late) {
      if (task.answer.isDone()) continue;
      if (task.givenUp) {
        task.fail(
            Kind.UNAVAILABLE, "no turn at the database within " + ms + " ms; nothing was done");
      } else if (task.changes()) {
        task.fail(
            Kind.UNKNOWN, "no answer within " + ms + " ms: it is not known whether it happened");
      } else {
        task.fail(Kind.UNAVAILABLE, "no answer from the database within " + ms + " ms");
      }
    }
  }

  /// Refuses what is new and what waits; what runs goes on.
  void stop() {
    List<Task<?>> waiting = new ArrayList<>();
    lock.lock();
    try {
      closed = true;
      for (Task<?> task : unfinished) {
        if (task.running) continue;
        task.givenUp = true;
        waiting.add(task);
      }
    } finally {
      lock.unlock();
    }
    for (Task<?> task : waiting) task.fail(Kind.UNAVAILABLE, CLOSED);
  }

  /// Whether all threads ended within `limit`.
  boolean awaitIdle(Duration limit) {
    long nanos = limit.toNanos();
    lock.lock();
    try {
      while (running > 0) {
        if (nanos <= 0) return false;
        nanos = idle.awaitNanos(nanos);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// To be called after the database was closed, which breaks the calls under way.
  @Override
  public void close() {
    stop();
    awaitIdle(CLOSE_WAIT);
    List<Task<?>> left;
    lock.lock();
    try {
      left = new ArrayList<>(unfinished);
    } finally {
      lock.unlock();
    }
    for (Task<?> task : left) {
      task.fail(
          task.changes() ? Kind.UNKNOWN : Kind.UNAVAILABLE, "closed before its end was known");
    }
  }
}
