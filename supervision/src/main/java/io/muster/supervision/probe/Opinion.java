package io.muster.supervision.probe;

import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import java.util.List;
import java.util.Map;

/// What this member thinks of a target, all its checks taken together. Immutable.
///
/// @param health unknown until each check has been run once, and again when a check had no finding
///     for longer than its lifetime
/// @param errors texts of the critical checks, without repeats, in the order of the checks
/// @param warnings texts of the warning checks, in the same manner
/// @param learned what all checks learned, merged, the newest first
public record Opinion(
    TargetId target,
    Health health,
    List<String> errors,
    List<String> warnings,
    Map<String, JsonValue> learned) {
  public Opinion {
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
    learned = Map.copyOf(learned);
  }
}
