package io.muster.supervision.probe;

import java.util.List;

/// What one check has done in this process, all targets of its cluster together. Immutable.
///
/// @param cluster the pool
/// @param check its id there
/// @param kind the provider's name
/// @param started probes
/// @param passing findings of that health
/// @param warning findings of that health
/// @param critical findings of that health, those that timed out included
/// @param timedOut probes that had no answer in time
/// @param unknown probes that this member could not carry out
/// @param late probes that could not start within their period
/// @param running now
/// @param waiting due, and waiting for others to end
/// @param latencyNanos of all finished probes together
/// @param latencies finished probes by how long they took: one count for each of
///     [#LATENCY_LIMITS_MILLIS] (up to and including it, beyond the one before), and one for the
///     rest
public record ProbeCounts(
    String cluster,
    String check,
    String kind,
    long started,
    long passing,
    long warning,
    long critical,
    long timedOut,
    long unknown,
    long late,
    int running,
    int waiting,
    long latencyNanos,
    List<Long> latencies) {
  /// Upper limits of the buckets.
  public static final List<Long> LATENCY_LIMITS_MILLIS =
      List.of(1L, 2L, 5L, 10L, 20L, 50L, 100L, 200L, 500L, 1000L, 2000L, 5000L, 10_000L);

  public ProbeCounts {
    latencies = List.copyOf(latencies);
  }
}
