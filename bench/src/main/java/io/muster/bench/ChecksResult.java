package io.muster.bench;

import java.util.OptionalDouble;

/// What health checks cost, and how even they were.
///
/// @param seconds measured
/// @param done checks that ended meanwhile
/// @param failed those of them that did not pass
/// @param late checks that could not start within their period
/// @param microsPerCheck CPU of one check, compiler and collector included, the server that answers
///     not
/// @param cores CPU of all checks
/// @param periodP50Nanos from start to start of one target
/// @param periodP99Nanos likewise
/// @param periodMaxNanos likewise
/// @param haproxyMicrosPerCheck CPU of haproxy for the same; empty where it was not measured
public record ChecksResult(
    double seconds,
    long done,
    long failed,
    long late,
    double microsPerCheck,
    double cores,
    long periodP50Nanos,
    long periodP99Nanos,
    long periodMaxNanos,
    OptionalDouble haproxyMicrosPerCheck) {
  /// Whether every check passed in time.
  public boolean clean() {
    return failed == 0 && late == 0 && done > 0;
  }
}
