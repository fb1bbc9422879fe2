package io.muster.bench;

/// Percentiles, in nanoseconds with three digits; all 0 when nothing was measured.
public record Latency(long p50Nanos, long p99Nanos, long p999Nanos, long maxNanos) {}
