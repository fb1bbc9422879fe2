package io.muster.bench.core;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Judges the messages of one sender on one topic at one receiver: they are numbered from 1, and
/// each is to come once, in order. Not thread-safe.
///
/// A number beyond the next one opens a gap. What comes later and fills a gap was out of order;
/// what comes and fills none has come before.
public final class SequenceCheck {
  /// Gaps remembered. Of more than these the oldest is given up: what fills it later counts as
  /// repeated, and memory stays bounded when a server loses every other message.
  private static final int GAPS_MAX = 10_000;

  private long next = 1;
  private long duplicates;
  private long outOfOrder;
  private long missing;

  /// First number of a gap → its last.
  private @Nullable NavigableMap<Long, Long> gaps;

  /// Takes note of a message.
  ///
  /// @return false when it has come before
  public boolean accept(long sequence) {
    if (sequence == next) {
      next++;
    } else if (sequence > next) {
      open(next, sequence - 1);
      next = sequence + 1;
    } else if (fills(sequence)) {
      outOfOrder++;
    } else {
      duplicates++;
      return false;
    }
    return true;
  }

  private void open(long first, long last) {
    NavigableMap<Long, Long> g = gaps;
    if (g == null) {
      g = new TreeMap<>();
      gaps = g;
    }
    remember(g, first, last);
    missing += last - first + 1;
  }

  private static void remember(NavigableMap<Long, Long> g, long first, long last) {
    g.put(first, last);
    if (g.size() > GAPS_MAX) g.pollFirstEntry();
  }

  private boolean fills(long sequence) {
    NavigableMap<Long, Long> g = gaps;
    Map.Entry<Long, Long> gap = g == null ? null : g.floorEntry(sequence);
    if (g == null || gap == null || gap.getValue() < sequence) return false;
    long first = gap.getKey();
    long last = gap.getValue();
    if (first == sequence) g.remove(first);
    else g.put(first, sequence - 1);
    if (last > sequence) remember(g, sequence + 1, last);
    missing--;
    return true;
  }

  /// How many never came.
  ///
  /// @param sent how many there were
  public long lost(long sent) {
    return missing + Math.max(0, sent - (next - 1));
  }

  /// How many came again.
  public long duplicates() {
    return duplicates;
  }

  /// How many came after one with a higher number.
  public long outOfOrder() {
    return outOfOrder;
  }
}
