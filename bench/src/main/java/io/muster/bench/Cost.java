package io.muster.bench;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What the members spent while it was measured, all of those together whose `/metrics` were read.
///
/// @param members how many those were
/// @param cpuSeconds user and system time of their processes
/// @param residentBytes memory at the end, where they tell it
public record Cost(int members, double cpuSeconds, OptionalLong residentBytes) {
  /// CPU seconds per million of what was done; empty when nothing was.
  public OptionalDouble perMillion(long done) {
    return done == 0 ? OptionalDouble.empty() : OptionalDouble.of(cpuSeconds / done * 1e6);
  }
}
