package io.muster.supervision.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Durations as supervision writes them: a sum of numbers with units, `1m30s`, `1h 20m`, `1.5s`.
///
/// Commas inside digits are passed over, exponents are allowed; units are `ns us ms s m h d w b y`
/// and their longer names, in any case. A number without a unit is none: nobody knows what it
/// means.
public final class Durations {
  private static final Pattern PIECE =
      Pattern.compile(
          "\\s*(\\d[\\d,]*(?:\\.\\d+)?|\\.\\d+)((?:[eE][+-]?\\d+)?)\\s*([a-zA-Zµμ]+)\\s*");
  private static final BigDecimal MONTH = new BigDecimal("2629800");
  private static final BigDecimal YEAR = new BigDecimal("31557600");
  private static final BigDecimal NANOS = new BigDecimal(1_000_000_000L);
  private static final BigDecimal LONGEST = new BigDecimal(Long.MAX_VALUE);

  private Durations() {}

  /// @return null when the text is no duration
  public static @Nullable Duration parse(String text) {
    Matcher m = PIECE.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int at = 0;
    while (at < text.length()) {
      if (!m.find(at) || m.start() != at) return null;
      BigDecimal unit = seconds(m.group(3));
      if (unit == null) return null;
      BigDecimal number;
      try {
        number = new BigDecimal(m.group(1).replace(",", "") + m.group(2));
      } catch (NumberFormatException e) {
        return null;
      }
      if (number.precision() - number.scale() > 20) return null;
      nanos = nanos.add(number.multiply(unit).multiply(NANOS));
      at = m.end();
    }
    if (at == 0 || nanos.compareTo(LONGEST) > 0) return null;
    return Duration.ofNanos(nanos.setScale(0, RoundingMode.HALF_UP).longValueExact());
  }

  private static @Nullable BigDecimal seconds(String unit) {
    String u = unit.toLowerCase(Locale.ROOT).replace('μ', 'µ');
    if (u.length() > 2 && u.endsWith("s")) u = u.substring(0, u.length() - 1);
    return switch (u) {
      case "ns", "nanosecond" -> new BigDecimal("1e-9");
      case "us", "µs", "microsecond" -> new BigDecimal("1e-6");
      case "ms", "millisecond" -> new BigDecimal("1e-3");
      case "s", "sec", "second" -> BigDecimal.ONE;
      case "m", "min", "minute" -> new BigDecimal(60);
      case "h", "hr", "hour" -> new BigDecimal(3600);
      case "d", "day" -> new BigDecimal(86_400);
      case "w", "wk", "week" -> new BigDecimal(604_800);
      case "b", "month" -> MONTH;
      case "y", "yr", "year" -> YEAR;
      default -> null;
    };
  }
}
