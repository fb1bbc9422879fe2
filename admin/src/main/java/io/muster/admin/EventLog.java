package io.muster.admin;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What happened on this member lately, numbered: the newest [#KEPT] events, for those who watch.
///
/// Whoever reads keeps its own place; one that falls behind by more than is kept is told how many
/// it missed. So nobody who watches, and nobody who watches slowly, costs more memory than one.
/// Safe on any thread; [#add] never blocks for long and may be called from a logger.
public final class EventLog {
  /// Events that are kept; older ones make way.
  static final int KEPT = 2048;

  private static final int TEXT_MAX = 2000;

  /// What an event is about.
  public enum Type {
    /// Somebody joined, was suspected, failed, left.
    MEMBER,
    /// The leader, the role, the voters or the majority of a group changed.
    GROUP,
    /// The gate opened, closed, or waits for something else.
    GATE,
    /// More or fewer clients are connected.
    CLIENTS,
    /// A line of the log at WARN or above.
    LOG
  }

  /// @param index counts from 1 in each life of the member
  /// @param at milliseconds since 1970
  /// @param text for people, on one line
  /// @param fields for programs, named as in the log
  public record Event(long index, long at, Type type, String text, Map<String, String> fields) {
    public Event {
      fields = Map.copyOf(fields);
    }
  }

  /// @param missed events that came after the place asked for and are not kept any more
  record Batch(List<Event> events, long missed) {}

  private final String life = HexFormat.of().toHexDigits(new SecureRandom().nextInt());
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();

  /// Guarded by [#lock], as are those below.
  private final Event[] ring = new Event[KEPT];

  private long last;
  private boolean closed;

  /// Tells this life of the member from others, whose numbers mean something else.
  String life() {
    return life;
  }

  /// Adds an event.
  public void add(Type type, String text, Map<String, String> fields) {
    String line = text.replace('\n', ' ').replace('\r', ' ');
    if (line.length() > TEXT_MAX) line = line.substring(0, TEXT_MAX) + "…";
    lock.lock();
    try {
      long index = ++last;
      ring[(int) (index % KEPT)] = new Event(index, System.currentTimeMillis(), type, line, fields);
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The number of the newest event, 0 before there is one.
  long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /// What came after an event; waits for something to come.
  ///
  /// @return empty when nothing came within `limit`, or the log was closed
  Batch after(long index, Duration limit) throws InterruptedException {
    lock.lock();
    try {
      long nanos = limit.toNanos();
      while (last <= index && !closed && nanos > 0) nanos = news.awaitNanos(nanos);
      List<Event> events = new ArrayList<>();
      long first = Math.max(index + 1, last - KEPT + 1);
      for (long i = first; i <= last; i++) events.add(ring[(int) (i % KEPT)]);
      return new Batch(events, Math.max(0, first - index - 1));
    } finally {
      lock.unlock();
    }
  }

  boolean closed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// Ends all that wait.
  void close() {
    lock.lock();
    try {
      closed = true;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
