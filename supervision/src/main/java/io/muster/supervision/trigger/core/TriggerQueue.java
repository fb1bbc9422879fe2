package io.muster.supervision.trigger.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What becomes of the firings of one trigger: which run, which wait, which are passed over.
///
/// Pure; owned by one thread. Times are nanoseconds of a monotonic clock.
///
/// @param <T> a firing
public final class TriggerQueue<T> {
  /// @param waitingMax firings that may wait; 1 keeps only the newest, the one that waits is passed
  ///     over for it; with more, what waits was promised first, and the newest is refused
  /// @param runningMax firings that may run at once
  /// @param throttleNanos from one start to the next at least; 0 for none
  public record Rules(int waitingMax, int runningMax, long throttleNanos) {
    public Rules {
      if (waitingMax < 1 || runningMax < 1 || throttleNanos < 0) {
        throw new IllegalArgumentException(waitingMax + ", " + runningMax + ", " + throttleNanos);
      }
    }

    public static Rules serial(long throttleNanos) {
      return new Rules(100, 1, throttleNanos);
    }

    public static Rules latest(long throttleNanos) {
      return new Rules(1, 1, throttleNanos);
    }

    public static Rules parallel(long throttleNanos) {
      return new Rules(100, 16, throttleNanos);
    }
  }

  private final Rules rules;
  private final Deque<T> waiting = new ArrayDeque<>();
  private int running;
  private boolean started;
  private long startedAt;
  private long passedOver;

  public TriggerQueue(Rules rules) {
    this.rules = rules;
  }

  /// Takes a firing; ask [#next] afterwards.
  ///
  /// @return one that will never run: this one, or an older one in whose place it waits
  public Optional<T> fired(T firing) {
    if (waiting.size() < rules.waitingMax) {
      waiting.addLast(firing);
      return Optional.empty();
    }
    passedOver++;
    if (rules.waitingMax > 1) return Optional.of(firing);
    T older = waiting.removeFirst();
    waiting.addLast(firing);
    return Optional.of(older);
  }

  /// A firing that shall start now, and counts as running from here on; ask until there is none.
  public Optional<T> next(long now) {
    if (waiting.isEmpty() || running >= rules.runningMax || throttled(now)) return Optional.empty();
    running++;
    started = true;
    startedAt = now;
    return Optional.of(waiting.removeFirst());
  }

  private boolean throttled(long now) {
    return started && now - startedAt < rules.throttleNanos;
  }

  /// One of those that run has ended; ask [#next] afterwards.
  public void ended() {
    if (running == 0) throw new IllegalStateException("nothing runs");
    running--;
  }

  /// Gives up all that waits.
  public List<T> clear() {
    List<T> all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }

  /// When to ask [#next] again though nothing has happened; empty when nothing waits for the time.
  public OptionalLong wakeAt(long now) {
    return !waiting.isEmpty() && running < rules.runningMax && throttled(now)
        ? OptionalLong.of(startedAt + rules.throttleNanos)
        : OptionalLong.empty();
  }

  /// Firings that wait now.
  public int waiting() {
    return waiting.size();
  }

  /// Firings that run now.
  public int running() {
    return running;
  }

  /// Firings that never ran, since the beginning.
  public long passedOver() {
    return passedOver;
  }
}
