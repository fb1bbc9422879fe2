package io.muster.kernel;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Durations and sizes as people write them.
public final class Units {
  private static final Pattern AMOUNT = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]*)");

  private Units() {}

  /// `200ms`, `1.5s`, `2m`, `1h`, `1d`; a bare number counts milliseconds.
  ///
  /// @return null when it is none
  public static @Nullable Duration duration(String text) {
    Matcher m = AMOUNT.matcher(text.strip());
    if (!m.matches()) return null;
    double factor =
        switch (m.group(2).toLowerCase(Locale.ROOT)) {
          case "", "ms" -> 1e6;
          case "us" -> 1e3;
          case "s" -> 1e9;
          case "m" -> 60e9;
          case "h" -> 3600e9;
          case "d" -> 86400e9;
          default -> -1;
        };
    return factor < 0 ? null : Duration.ofNanos((long) (Double.parseDouble(m.group(1)) * factor));
  }

  /// The shortest text that [#duration] reads back.
  public static String text(Duration d) {
    long nanos = d.toNanos();
    if (nanos == 0) return "0ms";
    if (nanos % 86_400_000_000_000L == 0) return nanos / 86_400_000_000_000L + "d";
    if (nanos % 3_600_000_000_000L == 0) return nanos / 3_600_000_000_000L + "h";
    if (nanos % 60_000_000_000L == 0) return nanos / 60_000_000_000L + "m";
    if (nanos % 1_000_000_000L == 0) return nanos / 1_000_000_000L + "s";
    return nanos / 1_000_000 + "ms";
  }

  /// `512`, `64KiB`, `10MiB`, `2GiB` (and `k`, `m`, `g` likewise).
  ///
  /// @return null when it is none
  public static @Nullable Long bytes(String text) {
    Matcher m = AMOUNT.matcher(text.strip());
    if (!m.matches()) return null;
    long factor =
        switch (m.group(2).toLowerCase(Locale.ROOT)) {
          case "", "b" -> 1L;
          case "k", "kb", "kib" -> 1L << 10;
          case "m", "mb", "mib" -> 1L << 20;
          case "g", "gb", "gib" -> 1L << 30;
          default -> -1L;
        };
    return factor < 0 ? null : (Long) (long) (Double.parseDouble(m.group(1)) * factor);
  }

  /// The shortest text that [#bytes(String)] reads back.
  public static String bytes(long n) {
    if (n != 0 && n % (1L << 30) == 0) return (n >> 30) + "GiB";
    if (n != 0 && n % (1L << 20) == 0) return (n >> 20) + "MiB";
    if (n != 0 && n % (1L << 10) == 0) return (n >> 10) + "KiB";
    return Long.toString(n);
  }
}
