package io.muster.kernel;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread on which cores run: tasks in the order given, timers between them, failures logged
/// and survived.
public final class ControlLoop implements Executor, Timers, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlLoop.class);
  private final ScheduledThreadPoolExecutor executor;
  private final String name;
  private volatile Thread thread;

  public ControlLoop(String name) {
    this.name = name;
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

  /// Runs `task` on the loop soon; dropped silently once the loop is closed.
  @Override
  public void execute(Runnable task) {
    try {
      executor.execute(() -> guarded(task));
    } catch (RejectedExecutionException e) {
      log.debug("loop_closed name={}", name);
    }
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
