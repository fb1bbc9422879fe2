package io.muster.spi.check;

import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import java.util.Map;

/// What one probe found. Immutable.
///
/// @param health never [Health#UNKNOWN]
/// @param message why it is not passing, on one line, for operators, at most 4 KiB, nothing secret;
///     empty when it is
/// @param learned what the target told about itself, by dotted names such as `info.role`; shown,
///     and asked by what depends on it; empty for nothing new
public record Finding(Health health, String message, Map<String, JsonValue> learned) {
  public Finding {
    if (health == Health.UNKNOWN) throw new IllegalArgumentException("a finding says how it is");
    learned = Map.copyOf(learned);
  }

  public static final Finding PASSED = new Finding(Health.PASSING, "", Map.of());

  public static Finding passed(Map<String, JsonValue> learned) {
    return new Finding(Health.PASSING, "", learned);
  }

  public static Finding warning(String message) {
    return new Finding(Health.WARNING, message, Map.of());
  }

  public static Finding critical(String message) {
    return new Finding(Health.CRITICAL, message, Map.of());
  }
}
