package io.muster.it;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What clients did to records and when, judged for linearizability: each record by itself as a
/// register with unique values.
///
/// The judge is the search of Wing and Gong (1993) with the memory of visited states of Lowe
/// (2017): take any operation that no unplaced operation precedes in real time, apply it, go on; a
/// set of placed operations with the same register value is tried once. An operation whose outcome
/// is unknown may be placed anywhere after its start, or never.
final class RegisterHistory {
  /// One operation. `value` is what was written, or what was read (null: absent).
  ///
  /// @param end `Long.MAX_VALUE` while unknown
  private record Operation(boolean write, String value, long start, long end, boolean optional) {
    @Override
    public String toString() {
      return (write ? "write " : "read ")
          + value
          + " ["
          + start / 1000
          + ", "
          + (optional ? "?" : end / 1000)
          + "] µs";
    }
  }

  private final Map<String, ConcurrentLinkedQueue<Operation>> byKey =
      new java.util.concurrent.ConcurrentHashMap<>();

  /// An acknowledged write.
  void wrote(String key, String value, long start, long end) {
    add(key, new Operation(true, value, start, end, false));
  }

  /// A write whose answer never came or said "unknown": it may have happened.
  void maybeWrote(String key, String value, long start) {
    add(key, new Operation(true, value, start, Long.MAX_VALUE, true));
  }

  void read(String key, String value, long start, long end) {
    add(key, new Operation(false, value, start, end, false));
  }

  private void add(String key, Operation operation) {
    byKey.computeIfAbsent(key, _ -> new ConcurrentLinkedQueue<>()).add(operation);
  }

  int operations() {
    return byKey.values().stream().mapToInt(ConcurrentLinkedQueue::size).sum();
  }

  /// @throws AssertionError with the history of the first record that no order explains
  void check() {
    byKey.forEach(
        (key, operations) -> {
          List<Operation> sorted = new ArrayList<>(operations);
          sorted.sort((a, b) -> Long.compare(a.start, b.start));
          if (!explainable(sorted)) {
            StringBuilder b = new StringBuilder("not linearizable: " + key + "\n");
            sorted.forEach(o -> b.append("  ").append(o).append('\n'));
            throw new AssertionError(b.toString());
          }
        });
  }

  private static final int STATES_MAX = 5_000_000;

  /// What has been placed, as two sums of random numbers per operation: sets of thousands of
  /// operations would fill the memory, and two that differ have the same sums never.
  private record State(long one, long two, String value) {}

  private record Choice(int operation, String before, int next) {}

  private static boolean explainable(List<Operation> operations) {
    int required = (int) operations.stream().filter(o -> !o.optional).count();
    BitSet placed = new BitSet(operations.size());
    Random random = new Random(operations.size());
    long[] ones = random.longs(operations.size()).toArray();
    long[] twos = random.longs(operations.size()).toArray();
    long one = 0;
    long two = 0;
    Set<State> seen = new HashSet<>();
    List<Choice> stack = new ArrayList<>();
    String value = null;
    int from = 0;
    int done = 0;
    while (done < required) {
      int found = -1;
      long horizon = horizon(operations, placed);
      for (int i = from; i < operations.size(); i++) {
        Operation o = operations.get(i);
        if (o.start > horizon) break;
        if (placed.get(i) || (!o.write && !java.util.Objects.equals(o.value, value))) continue;
        placed.set(i);
        String after = o.write ? o.value : value;
        if (seen.size() > STATES_MAX) {
          throw new AssertionError("not decided after " + STATES_MAX + " states");
        }
        if (seen.add(new State(one ^ ones[i], two ^ twos[i], after))) {
          one ^= ones[i];
          two ^= twos[i];
          found = i;
          stack.add(new Choice(i, value, i + 1));
          value = after;
          if (!o.optional) done++;
          break;
        }
        placed.clear(i);
      }
      if (found >= 0) {
        from = 0;
      } else {
        if (stack.isEmpty()) return false;
        Choice last = stack.removeLast();
        placed.clear(last.operation);
        one ^= ones[last.operation];
        two ^= twos[last.operation];
        if (!operations.get(last.operation).optional) done--;
        value = last.before;
        from = last.next;
      }
    }
    return true;
  }

  /// The earliest end among operations not placed: whatever starts later cannot be next.
  private static long horizon(List<Operation> operations, BitSet placed) {
    long min = Long.MAX_VALUE;
    for (int i = placed.nextClearBit(0); i < operations.size(); i = placed.nextClearBit(i + 1)) {
      Operation o = operations.get(i);
      if (o.start > min) break;
      min = Math.min(min, o.end);
    }
    return min;
  }

  /// The values that were acknowledged last per key, for a check after a restart.
  Map<String, Set<String>> possibleFinals() {
    Map<String, Set<String>> finals = new HashMap<>();
    byKey.forEach(
        (key, operations) -> {
          long lastEnd =
              operations.stream()
                  .filter(o -> o.write && !o.optional)
                  .mapToLong(Operation::start)
                  .max()
                  .orElse(Long.MIN_VALUE);
          Set<String> values = new HashSet<>();
          for (Operation o : operations) {
            if (o.write && o.end >= lastEnd && o.value != null) values.add(o.value);
          }
          finals.put(key, values);
        });
    return finals;
  }
}
