package io.muster.plugins.balancer.haproxy;

import io.muster.testing.Eventually;
import io.muster.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// How these tests speak of real haproxies.
final class Haproxy {
  private Haproxy() {}

  static boolean here() {
    return Programs.onPath("haproxy") || Programs.install("haproxy");
  }

  static void needed() {
    if (!here()) Assumptions.abort("SKIPPED: no haproxy here; install the Debian package haproxy");
  }

  /// Kills every process whose id a file below `directory` names, and what it started.
  static void endAll(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".pid")).toList()) kill(file);
    }
  }

  static void kill(Path pidFile) throws IOException {
    for (String line : Files.readAllLines(pidFile)) {
      ProcessHandle process = ProcessHandle.of(Long.parseLong(line.strip())).orElse(null);
      if (process == null) continue;
      List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process)).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      for (ProcessHandle p : all) {
        Eventually.within(Duration.ofSeconds(30), "the end of " + p.pid(), () -> ended(p.pid()));
      }
    }
  }

  /// Nobody may be there to take the exit code of a process that went to the background.
  private static boolean ended(long pid) throws IOException {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return !Files.exists(stat) || Files.readString(stat).contains(") Z");
  }
}
