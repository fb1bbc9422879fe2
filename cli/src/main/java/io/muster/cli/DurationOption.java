package io.muster.cli;

import io.muster.kernel.Units;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A duration on the command line: `30`, `1.5` (seconds), `500ms`, `2m`.
final class DurationOption implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    boolean bare = !value.isEmpty() && Character.isDigit(value.charAt(value.length() - 1));
    Duration d = Units.duration(bare ? value + "s" : value);
    if (d != null) return d;
    throw new TypeConversionException(
        "expected seconds, or a duration such as 30s, 500ms or 2m, found '" + value + "'");
  }

  /// As people say it: `0.3 s`, `42 s`, `3 m 5 s`, `2 h 10 m`, `4 d 1 h`.
  static String words(Duration d) {
    long s = d.toSeconds();
    if (s < 10) return String.format(java.util.Locale.ROOT, "%.1f s", d.toMillis() / 1000.0);
    if (s < 60) return s + " s";
    if (s < 3600) return s / 60 + " m " + s % 60 + " s";
    if (s < 86_400) return s / 3600 + " h " + s % 3600 / 60 + " m";
    return s / 86_400 + " d " + s % 86_400 / 3600 + " h";
  }
}
