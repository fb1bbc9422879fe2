package io.muster.kernel;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A bounded queue of messages to one consumer that lives on a loop.
///
/// Anybody may [#offer]; the messages of one thread are handled in the order it offered them, one
/// at a time, on the consumer's executor. A mailbox that is full refuses, counts what it refused
/// and says so to whoever offered: what is in it is older and was promised first. One task on the
/// executor takes what has gathered, at most as much as the mailbox holds, and then lets the
/// consumer's timers and other tasks have their turn.
///
/// @param <T> the messages; immutable, since they change threads
public final class Mailbox<T> {
  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);
  private final String name;
  private final int capacity;
  private final Executor consumer;
  private final Consumer<T> handler;
  private final Queue<T> messages = new ConcurrentLinkedQueue<>();

  // Counted before a message is in the queue and after it has left: never less than what is in it.
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final LongAdder refused = new LongAdder();

  /// @param name for logs
  /// @param capacity messages that may wait, from 1
  /// @param consumer runs one task after another; when it drops tasks because it is closed, the
  ///     mailbox fills up and refuses
  /// @param handler takes one message; what it throws is logged, and the next message follows
  public Mailbox(String name, int capacity, Executor consumer, Consumer<T> handler) {
    if (capacity < 1) throw new IllegalArgumentException("a capacity of " + capacity);
    this.name = name;
    this.capacity = capacity;
    this.consumer = consumer;
    this.handler = handler;
  }

  /// Adds a message; any thread, never blocks.
  ///
  /// @return false when the mailbox is full: the message is dropped and counted
  public boolean offer(T message) {
    if (waiting.incrementAndGet() > capacity) {
      waiting.decrementAndGet();
      refused.increment();
      return false;
    }
    messages.add(message);
    wake();
    return true;
  }

  private void wake() {
    if (awake.compareAndSet(false, true)) consumer.execute(this::drain);
  }

  private void drain() {
    // Asleep before the first look: who offers from now on wakes the consumer again.
    awake.set(false);
    for (int i = 0; i < capacity; i++) {
      T message = messages.poll();
      if (message == null) return;
      waiting.decrementAndGet();
      try {
        handler.accept(message);
      } catch (RuntimeException e) {
        log.error("message_failed mailbox={}", name, e);
      }
    }
    if (!messages.isEmpty()) wake();
  }

  /// Messages refused since the beginning.
  public long refused() {
    return refused.sum();
  }
}
