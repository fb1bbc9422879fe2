package io.muster.kernel;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread on which cores run: tasks in the order given, timers between them, failures logged
/// and survived.
///
/// **Bounds.** What others ask of this member comes by [#submit] and is refused with `overloaded`
/// while as many tasks wait as may; messages come through a [Mailbox], which counts as one task.
/// Timers, and what the member must not lose because nobody says it twice ([#execute]: a link came
/// or went, an answer arrived), are never refused: there are as many as the member itself armed,
/// asked or linked. When they alone wait in a crowd, the log says so once: the loop is stuck or
/// starved then, and refusing news would make it wrong as well as late.
public final class ControlLoop implements Executor, Timers, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlLoop.class);
  private final ScheduledThreadPoolExecutor executor;
  private final String name;
  private final int capacity;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean crowded = new AtomicBoolean();
  private final LongAdder refused = new LongAdder();
  private volatile Thread thread;

  /// A loop at which 10,000 tasks may wait: half a second's work, roughly.
  public ControlLoop(String name) {
    this(name, 10_000);
  }

  /// @param capacity tasks that may wait before those of others are refused, from 1
  public ControlLoop(String name, int capacity) {
    if (capacity < 1) throw new IllegalArgumentException("a capacity of " + capacity);
    this.name = name;
    this.capacity = capacity;
    this.thread = Thread.currentThread();
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              thread = Thread.ofPlatform().name(name).daemon(true).unstarted(task);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /// Runs `task` on the loop soon; dropped silently once the loop is closed. Never refused: for
  /// what this member must not lose, and of which there cannot be more than it caused itself.
  @Override
  public void execute(Runnable task) {
    add(task, waiting.incrementAndGet());
  }

  /// Runs `task` on the loop soon, for somebody else; any thread, never blocks.
  ///
  /// @throws MusterException `overloaded` when the loop has as many tasks as may wait: nothing was
  ///     done, and a retry with back-off is safe
  public void submit(Runnable task) {
    int now = waiting.incrementAndGet();
    if (now > capacity && !inLoop()) {
      waiting.decrementAndGet();
      refused.increment();
      throw new MusterException(
          ErrorCode.OVERLOADED,
          "the " + name + " loop has " + capacity + " tasks to do already; try again later");
    }
    add(task, now);
  }

  private void add(Runnable task, int now) {
    if (now > capacity && crowded.compareAndSet(false, true)) {
      log.warn("loop_crowded name={} waiting={} capacity={}", name, now, capacity);
    }
    try {
      executor.execute(
          () -> {
            int left = waiting.decrementAndGet();
            if (left <= capacity / 2 && crowded.compareAndSet(true, false)) {
              log.info("loop_recovered name={} waiting={} refused={}", name, left, refused.sum());
            }
            guarded(task);
          });
    } catch (RejectedExecutionException e) {
      waiting.decrementAndGet();
      log.debug("loop_closed name={}", name);
    }
  }

  /// Tasks that wait now, timers left out.
  public int waiting() {
    return waiting.get();
  }

  /// Tasks refused since the beginning.
  public long refused() {
    return refused.sum();
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    try {
      var future = executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {};
    }
  }

  /// Whether the calling thread is the loop's.
  public boolean inLoop() {
    return Thread.currentThread().threadId() == thread.threadId();
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) {
      log.error("task_failed loop={}", name, t);
    }
  }

  /// Lets the tasks given so far run, drops pending timers, and waits up to five seconds for the
  /// end.
  @Override
  public void close() {
    executor.shutdown();
    if (inLoop()) return;
    try {
      if (!executor.awaitTermination(5, TimeUnit.SECONDS)) executor.shutdownNow();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
