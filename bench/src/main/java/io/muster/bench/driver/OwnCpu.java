package io.muster.bench.driver;

import java.lang.management.ManagementFactory;

/// CPU time of this process.
final class OwnCpu {
  private OwnCpu() {}

  /// Seconds since its start; 0 where the platform does not tell.
  static double seconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean os
        ? Math.max(0, os.getProcessCpuTime()) / 1e9
        : 0;
  }
}
