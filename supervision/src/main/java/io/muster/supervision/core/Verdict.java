package io.muster.supervision.core;

import io.muster.spi.watch.Health;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the cluster agreed on about one target. Immutable.
///
/// @param health unknown until it was decided for the first time
/// @param sinceMillis when `health` became so, by the judge's wall clock, for people
/// @param term of the leader that decided
/// @param ballot what counted, by member name
/// @param contested whether no side has enough votes now: the last verdict stands
/// @param stale whether it has been contested for so long that nobody should rely on it
/// @param damped whether it would be well again, but comes and goes too often
/// @param errors of a critical target, texts of the critical opinions that counted, without repeats
/// @param warnings of one with warnings, likewise
public record Verdict(
    Health health,
    long sinceMillis,
    long term,
    Map<String, Health> ballot,
    boolean contested,
    boolean stale,
    boolean damped,
    List<String> errors,
    List<String> warnings) {
  public Verdict {
    ballot = java.util.Collections.unmodifiableMap(new TreeMap<>(ballot));
    errors = List.copyOf(errors);
    warnings = List.copyOf(warnings);
  }

  public static final Verdict NONE =
      new Verdict(Health.UNKNOWN, 0, 0, Map.of(), false, false, false, List.of(), List.of());

  /// Whether it may get traffic, as far as its health says.
  public boolean available() {
    return health == Health.PASSING || health == Health.WARNING;
  }
}
