package io.muster.kernel;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Which values a setting may have, and how they are written.
///
/// @param range in words, for messages and pages: `a whole number from 1 to 9`
/// @param reader gives null for a text that is no such value
/// @param writer gives the shortest text that the reader reads back
public record SettingShape<T>(
    String range, Function<String, @Nullable T> reader, Function<T, String> writer) {
  /// The value of a text, blanks around it aside.
  ///
  /// @return null when it is none, or out of range
  public @Nullable T parse(String text) {
    return reader.apply(text.strip());
  }

  /// The one text of a value: equal values have equal texts.
  public String text(T value) {
    return writer.apply(value);
  }

  /// `true` or `false`.
  public static SettingShape<Boolean> flag() {
    return new SettingShape<>(
        "true or false",
        s -> s.equals("true") ? (Boolean) true : s.equals("false") ? (Boolean) false : null,
        b -> Boolean.toString(b));
  }

  /// A whole number; `_` may stand between its digits.
  public static SettingShape<Integer> whole(int min, int max) {
    return new SettingShape<>(
        "a whole number from " + min + " to " + max,
        s -> {
          try {
            int n = Integer.parseInt(s.replace("_", ""));
            return n < min || n > max ? null : (Integer) n;
          } catch (NumberFormatException e) {
            return null;
          }
        },
        n -> Integer.toString(n));
  }

  /// A duration such as `200ms`, `1.5s`, `2m`; a bare number counts milliseconds.
  public static SettingShape<Duration> duration(Duration min, Duration max) {
    return new SettingShape<>(
        "a duration from " + Units.text(min) + " to " + Units.text(max) + ", such as 200ms or 2s",
        s -> {
          Duration d = Units.duration(s);
          return d == null || d.compareTo(min) < 0 || d.compareTo(max) > 0 ? null : d;
        },
        Units::text);
  }

  /// A size in bytes such as `512`, `64KiB`, `10MiB`.
  public static SettingShape<Long> bytes(long min, long max) {
    return new SettingShape<>(
        "a size from " + Units.bytes(min) + " to " + Units.bytes(max) + ", such as 64KiB or 10MiB",
        s -> {
          Long n = Units.bytes(s);
          return n == null || n < min || n > max ? null : n;
        },
        n -> Units.bytes((long) n));
  }

  /// One of some words, in lower case; they may be given in any.
  public static SettingShape<String> word(String... words) {
    List<String> all = List.of(words);
    return new SettingShape<>(
        "one of " + String.join(", ", all),
        s -> all.contains(s.toLowerCase(Locale.ROOT)) ? s.toLowerCase(Locale.ROOT) : null,
        s -> s);
  }
}
