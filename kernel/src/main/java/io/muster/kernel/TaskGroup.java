package io.muster.kernel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads of one part of a member: none outlives the part.
///
/// [#close] interrupts all of them and waits until they have ended, within a deadline; what has to
/// be closed to wake a thread (a socket, say) is closed before by the part. The first task that
/// ends by an exception is told to the owner, once, on that task's thread: a part that has lost a
/// thread without a word would look alive and be deaf.
///
/// Safe on any thread. A stand-in for `StructuredTaskScope`, which is not final in Java 25.
public final class TaskGroup implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TaskGroup.class);

  /// What a thread of the group does; interrupted when the group closes.
  @FunctionalInterface
  public interface Task {
    void run() throws Exception;
  }

  private final String name;
  private final Thread.Builder threads;
  private final Duration deadline;
  private final Consumer<Throwable> owner;
  private final Set<Thread> running = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final ReentrantLock starting = new ReentrantLock();
  private boolean closed;

  /// @param name of the group, and of its threads
  /// @param threads makes them, platform or virtual ones
  /// @param deadline that [#close] waits for all of them together
  /// @param owner told of the first failure; must not block
  public TaskGroup(
      String name, Thread.Builder threads, Duration deadline, Consumer<Throwable> owner) {
    this.name = name;
    this.threads = threads.name(name);
    this.deadline = deadline;
    this.owner = owner;
  }

  /// Starts a task on a thread of its own.
  ///
  /// @return false when the group is closed: nothing was started
  public boolean start(Task task) {
    starting.lock();
    try {
      if (closed) return false;
      Thread thread = threads.unstarted(() -> run(task));
      running.add(thread);
      thread.start();
      return true;
    } finally {
      starting.unlock();
    }
  }

  private void run(Task task) {
    try {
      task.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable t) {
      if (failed.compareAndSet(false, true)) owner.accept(t);
      else log.error("task_failed group={}", name, t);
    } finally {
      running.remove(Thread.currentThread());
    }
  }

  /// Interrupts all tasks and waits for their end; called by one of them, it waits for the others.
  /// Those that do not end within the deadline are left behind, counted in the log.
  @Override
  public void close() {
    List<Thread> left;
    starting.lock();
    try {
      closed = true;
      left = new ArrayList<>(running);
    } finally {
      starting.unlock();
    }
    left.remove(Thread.currentThread());
    left.forEach(Thread::interrupt);
    long until = System.nanoTime() + deadline.toNanos();
    try {
      for (Thread t : left) {
        long nanos = Math.max(1, until - System.nanoTime());
        if (!t.join(Duration.ofNanos(nanos))) {
          long still = left.stream().filter(Thread::isAlive).count();
          log.warn("tasks_left group={} count={} waited={}", name, still, deadline);
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
