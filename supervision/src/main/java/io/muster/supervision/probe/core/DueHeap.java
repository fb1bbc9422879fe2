package io.muster.supervision.probe.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Tasks by when something is to be done for them, the earliest first: a binary heap in which each
/// task knows its place, so that it can be moved or taken out in O(log n). Times are compared by
/// subtraction.
final class DueHeap {
  private @Nullable ProbeTask[] tasks = new @Nullable ProbeTask[64];
  private int size;

  @Nullable ProbeTask first() {
    return tasks[0];
  }

  int size() {
    return size;
  }

  /// Puts a task in, or moves it.
  void put(ProbeTask task, long wakeNanos) {
    if (task.heapIndex < 0) {
      if (size == tasks.length) tasks = Arrays.copyOf(tasks, size * 2);
      task.wakeNanos = wakeNanos;
      rise(task, size++);
      return;
    }
    boolean earlier = wakeNanos - task.wakeNanos < 0;
    task.wakeNanos = wakeNanos;
    if (earlier) rise(task, task.heapIndex);
    else sink(task, task.heapIndex);
  }

  /// Takes a task out, wherever it is; nothing where it is not in.
  void remove(ProbeTask task) {
    int hole = task.heapIndex;
    if (hole < 0) return;
    task.heapIndex = -1;
    ProbeTask last = tasks[--size];
    tasks[size] = null;
    if (last == null || last == task) return;
    last.heapIndex = hole;
    if (last.wakeNanos - task.wakeNanos < 0) rise(last, hole);
    else sink(last, hole);
  }

  private void rise(ProbeTask task, int from) {
    int i = from;
    while (i > 0) {
      ProbeTask parent = tasks[(i - 1) >> 1];
      if (parent == null || task.wakeNanos - parent.wakeNanos >= 0) break;
      place(parent, i);
      i = (i - 1) >> 1;
    }
    place(task, i);
  }

  private void sink(ProbeTask task, int from) {
    int i = from;
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) break;
      ProbeTask least = tasks[child];
      ProbeTask right = child + 1 < size ? tasks[child + 1] : null;
      if (right != null && least != null && right.wakeNanos - least.wakeNanos < 0) {
        least = right;
        child++;
      }
      if (least == null || least.wakeNanos - task.wakeNanos >= 0) break;
      place(least, i);
      i = child;
    }
    place(task, i);
  }

  private void place(ProbeTask task, int i) {
    tasks[i] = task;
    task.heapIndex = i;
  }
}
