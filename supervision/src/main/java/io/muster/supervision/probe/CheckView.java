package io.muster.supervision.probe;

import io.muster.spi.watch.Health;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/// What one check found of one target, as users see it. Immutable.
///
/// @param id of the check in its cluster
/// @param kind the provider's name
/// @param health after rise, fall and severity; unknown before the first finding and after its
///     lifetime
/// @param message of the last finding; empty when it passed, or before the first one
/// @param lastStart when the last probe began, or the last report came
/// @param latencyMillis how long the last finished probe took; empty for reports
/// @param consecutive last findings of one sort (critical or not), 0 before the first one
/// @param nextDue when it is probed next, or its report lapses; empty while a probe runs
public record CheckView(
    String id,
    String kind,
    Health health,
    String message,
    Optional<Instant> lastStart,
    OptionalDouble latencyMillis,
    int consecutive,
    Optional<Instant> nextDue) {}
