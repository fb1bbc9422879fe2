package io.muster.bench.core;

import java.util.OptionalDouble;

/// Reads single values from the text that `/metrics` gives (Prometheus text format 0.0.4).
public final class MetricsText {
  private MetricsText() {}

  /// The value of a metric without labels; empty where the text has none
  /// or it is not known.
  public static OptionalDouble value(String text, String name) {
    for (String line : text.lines().toList()) {
      if (!line.startsWith(name + " ")) continue;
      String[] parts = line.split(" ", -1);
      try {
        double value = Double.parseDouble(parts[1]);
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
      } catch (NumberFormatException e) {
        return OptionalDouble.empty();
      }
    }
    return OptionalDouble.empty();
  }
}
