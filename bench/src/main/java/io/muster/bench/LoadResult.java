package io.muster.bench;

import java.util.Optional;

/// What a run of publications or requests found.
///
/// @param seconds how long was measured
/// @param sent publications or requests in that time
/// @param done deliveries or answers in that time
/// @param cost empty when no member's metrics were read
public record LoadResult(
    double seconds,
    long sent,
    long done,
    Latency latency,
    Checked checked,
    Optional<Cost> cost,
    Generator generator) {}
