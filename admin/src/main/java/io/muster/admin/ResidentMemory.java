package io.muster.admin;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The gauge `process_resident_memory_bytes`: what the process takes of the machine's memory, heap
/// and all else. Registered only where the system tells it (`/proc`).
public final class ResidentMemory implements MeterBinder {
  private static final Path STATUS = Path.of("/proc/self/status");

  @Override
  public void bindTo(MeterRegistry registry) {
    if (!Files.isReadable(STATUS)) return;
    Gauge.builder("process.resident.memory", ResidentMemory::bytes)
        .baseUnit("bytes")
        .description("Memory of the machine that this process takes")
        .register(registry);
  }

  private static double bytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024.0;
      }
    } catch (IOException | NumberFormatException e) {
      // Told as unknown.
    }
    return Double.NaN;
  }
}
