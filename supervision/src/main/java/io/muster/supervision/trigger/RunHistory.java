package io.muster.supervision.trigger;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Runs of this member: those under way, and the last that ended. Safe on any thread.
final class RunHistory {
  /// Runs with all their output: 16 KiB for each action at most.
  private static final int KEPT = 200;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Object, RunView> running = new LinkedHashMap<>();
  private final Deque<RunView> ended = new ArrayDeque<>();

  void began(Object token, RunView view) {
    lock.lock();
    try {
      running.put(token, view);
    } finally {
      lock.unlock();
    }
  }

  void ended(Object token, RunView view) {
    lock.lock();
    try {
      running.remove(token);
      ended.addFirst(view);
      if (ended.size() > KEPT) ended.removeLast();
    } finally {
      lock.unlock();
    }
  }

  /// Those under way, then those that ended, the newest first.
  List<RunView> all() {
    lock.lock();
    try {
      List<RunView> all = new ArrayList<>(running.values());
      all.addAll(ended);
      return all;
    } finally {
      lock.unlock();
    }
  }
}
