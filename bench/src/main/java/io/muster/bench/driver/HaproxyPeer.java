package io.muster.bench.driver;

import io.muster.bench.ChecksPlan;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// A haproxy that does nothing but check the same targets.
final class HaproxyPeer implements AutoCloseable {
  private final Path directory;
  private final Process process;

  private HaproxyPeer(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  /// Starts one; empty where it is not installed.
  static Optional<HaproxyPeer> start(ChecksPlan plan, Responder responder) {
    Optional<Path> program =
        Stream.concat(
                Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)),
                Stream.of("/usr/sbin"))
            .filter(d -> !d.isEmpty())
            .map(d -> Path.of(d, "haproxy"))
            .filter(Files::isExecutable)
            .findFirst();
    if (program.isEmpty()) return Optional.empty();
    StringBuilder text =
        new StringBuilder(
            """
            global
              nbthread 1
              maxconn 1000
            defaults
              mode http
              timeout connect 5s
              timeout client 5s
              timeout server 5s
              timeout check 5s
            backend targets
              option httpchk GET /
              http-check expect status 200
            """);
    Path directory;
    try {
      directory = Files.createTempDirectory("muster-bench-haproxy");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < plan.targets(); i++) {
      text.append(
          String.format(
              Locale.ROOT,
              "  server s%d 127.0.0.1:%d check inter %dms%n",
              i,
              responder.port(i),
              plan.every().toMillis()));
    }
    // It does not start without somebody it could serve.
    text.append("frontend idle\n  default_backend targets\n  bind unix@")
        .append(directory.resolve("idle"))
        .append('\n');
    try {
      Path config = Files.writeString(directory.resolve("haproxy.cfg"), text);
      Process process =
          new ProcessBuilder(program.get().toString(), "-db", "-f", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      return Optional.of(new HaproxyPeer(directory, process));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  /// What it printed, one line.
  String said() {
    try {
      return Files.readString(directory.resolve("log")).strip().replaceAll("\\s*\\n\\s*", "; ");
    } catch (IOException e) {
      return e.toString();
    }
  }

  double cpuSeconds() {
    return process.info().totalCpuDuration().map(d -> d.toNanos() / 1e9).orElse(0.0);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try (Stream<Path> files = Files.list(directory)) {
      process.waitFor();
      for (Path p : files.toList()) Files.delete(p);
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
