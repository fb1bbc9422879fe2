package io.muster.realtime.core;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How far a client is in the publications that are kept: of each member's life the number it has
/// seen. Any member understands it, whoever gave it out. Immutable.
///
/// As text it is opaque to clients, format 1: base64url of `u8 1 ‖ u64 milliseconds ‖ (u64 origin ‖
/// u64 number × 2 + over)…`, in order of origins.
public final class Position {
  /// Longer texts are refused.
  public static final int TEXT_MAX = 16 << 10;

  private static final byte FORMAT = 1;
  private final long[] origins;
  private final long[] numbers;
  private final boolean[] over;
  private final long millis;
  private volatile @Nullable String text;

  private Position(long[] origins, long[] numbers, boolean[] over, long millis) {
    this.origins = origins;
    this.numbers = numbers;
    this.over = over;
    this.millis = millis;
  }

  /// One origin of a position.
  ///
  /// @param over whether it had come to its end for whoever gave the position out
  public record Mark(long number, boolean over) {}

  /// @param millis when it was given out, epoch milliseconds
  public static Position of(SortedMap<Long, Mark> marks, long millis) {
    long[] origins = new long[marks.size()];
    long[] numbers = new long[origins.length];
    boolean[] over = new boolean[origins.length];
    int i = 0;
    for (var e : marks.entrySet()) {
      origins[i] = e.getKey();
      numbers[i] = e.getValue().number;
      over[i++] = e.getValue().over;
    }
    return new Position(origins, numbers, over, millis);
  }

  /// The same with one origin further on.
  ///
  /// @param origin one of this position's
  Position with(long origin, long number, long millis) {
    long[] further = numbers.clone();
    further[Arrays.binarySearch(origins, origin)] = number;
    return new Position(origins, further, over, millis);
  }

  /// The same, given out at another time.
  Position givenOut(long now) {
    return new Position(origins, numbers, over, now);
  }

  public long millis() {
    return millis;
  }

  /// @return null where the origin is not in it
  public @Nullable Mark mark(long origin) {
    int i = Arrays.binarySearch(origins, origin);
    return i < 0 ? null : new Mark(numbers[i], over[i]);
  }

  long[] origins() {
    return origins.clone();
  }

  /// What somebody has seen who has seen both; given out when this one was.
  public Position and(Position other) {
    TreeMap<Long, Mark> all = new TreeMap<>();
    for (Position p : new Position[] {this, other}) {
      for (int i = 0; i < p.origins.length; i++) {
        all.merge(
            p.origins[i],
            new Mark(p.numbers[i], p.over[i]),
            (a, b) -> new Mark(Math.max(a.number, b.number), a.over || b.over));
      }
    }
    return of(all, millis);
  }

  /// For clients.
  public String text() {
    String known = text;
    if (known != null) return known;
    ByteBuffer b = ByteBuffer.allocate(9 + 16 * origins.length).put(FORMAT).putLong(millis);
    for (int i = 0; i < origins.length; i++) {
      b.putLong(origins[i]).putLong(numbers[i] << 1 | (over[i] ? 1 : 0));
    }
    String made = Base64.getUrlEncoder().withoutPadding().encodeToString(b.array());
    text = made;
    return made;
  }

  /// @return null when the text is no position
  public static @Nullable Position parse(String text) {
    if (text.length() > TEXT_MAX) return null;
    try {
      ByteBuffer b = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      if (b.get() != FORMAT) return null;
      long millis = b.getLong();
      TreeMap<Long, Mark> marks = new TreeMap<>();
      while (b.hasRemaining()) {
        long origin = b.getLong();
        long number = b.getLong();
        marks.put(origin, new Mark(number >>> 1, (number & 1) == 1));
      }
      return of(marks, millis);
    } catch (IllegalArgumentException | BufferUnderflowException e) {
      return null;
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Position p
        && Arrays.equals(origins, p.origins)
        && Arrays.equals(numbers, p.numbers)
        && Arrays.equals(over, p.over)
        && millis == p.millis;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(numbers) + 31 * Arrays.hashCode(origins);
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < origins.length; i++) {
      s.append(Long.toHexString(origins[i])).append('#').append(numbers[i]);
      s.append(over[i] ? "! " : " ");
    }
    return s.toString().strip();
  }
}
