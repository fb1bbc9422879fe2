package io.muster.realtime;

import java.time.Duration;

/// Which publications are kept for clients that come back, and how many for how long.
///
/// @param path a pattern of subscriptions; a last `**` reaches all levels
/// @param size publications kept under the pattern as a whole, 1 to 10 million
/// @param age how long, a second to seven days
public record HistoryRule(String path, int size, Duration age) {
  public static final int SIZE_MAX = 10_000_000;
  public static final Duration AGE_MIN = Duration.ofSeconds(1);
  public static final Duration AGE_MAX = Duration.ofDays(7);

  public HistoryRule {
    if (path.isBlank()) throw new IllegalArgumentException("path: expected a pattern");
    if (size < 1 || size > SIZE_MAX) {
      throw new IllegalArgumentException("size: expected 1 to " + SIZE_MAX + ", found " + size);
    }
    if (age.compareTo(AGE_MIN) < 0 || age.compareTo(AGE_MAX) > 0) {
      throw new IllegalArgumentException("age: expected 1s to 7d, found " + age);
    }
  }
}
