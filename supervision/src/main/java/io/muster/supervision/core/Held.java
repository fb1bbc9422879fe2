package io.muster.supervision.core;

import io.muster.spi.watch.Health;
import java.util.List;

/// One member's opinion as the registry keeps it. Immutable.
///
/// @param by the member's name
/// @param sinceMillis by the member's wall clock, for people
public record Held(
    String by, Health health, List<String> errors, List<String> warnings, long sinceMillis) {
  public Held {
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }
}
