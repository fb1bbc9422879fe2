package io.muster.bench.driver;

import io.muster.bench.Cost;
import io.muster.bench.core.MetricsText;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// CPU time and memory of members, from their `/metrics`; works for remote members too.
final class MemberMetrics implements AutoCloseable {
  private static final String CPU = "process_cpu_time_ns_total";
  private static final String MEMORY = "process_resident_memory_bytes";
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
  private final List<URI> admins;

  MemberMetrics(List<URI> admins) {
    this.admins = admins;
  }

  /// Sums over the members.
  record Reading(double cpuSeconds, OptionalLong residentBytes) {}

  /// Asks all members.
  ///
  /// @return empty when there is nobody to ask
  /// @throws MusterException `bench_unreachable`
  Optional<Reading> read() {
    if (admins.isEmpty()) return Optional.empty();
    double cpu = 0;
    long memory = 0;
    boolean memoryKnown = true;
    for (URI admin : admins) {
      String text = scrape(admin);
      OptionalDouble nanos = MetricsText.value(text, CPU);
      if (nanos.isEmpty()) {
        throw new MusterException(
            ErrorCode.BENCH_UNREACHABLE, admin + "/metrics: expected " + CPU + ", found none");
      }
      cpu += nanos.getAsDouble() / 1e9;
      OptionalDouble bytes = MetricsText.value(text, MEMORY);
      memoryKnown &= bytes.isPresent();
      memory += (long) bytes.orElse(0);
    }
    return Optional.of(
        new Reading(cpu, memoryKnown ? OptionalLong.of(memory) : OptionalLong.empty()));
  }

  /// What was spent between two readings; empty when a member was restarted between them.
  Optional<Cost> cost(Optional<Reading> before, Optional<Reading> after) {
    if (before.isEmpty() || after.isEmpty()) return Optional.empty();
    double cpu = after.get().cpuSeconds - before.get().cpuSeconds;
    if (cpu < 0) return Optional.empty();
    return Optional.of(new Cost(admins.size(), cpu, after.get().residentBytes));
  }

  private String scrape(URI admin) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(admin.resolve("/metrics")).timeout(Duration.ofSeconds(10)).build();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() == 200) return answer.body();
      throw unreachable(admin, "expected 200, found " + answer.statusCode(), null);
    } catch (IOException e) {
      throw unreachable(admin, e.getMessage() == null ? e.toString() : e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unreachable(admin, "interrupted", e);
    }
  }

  private static MusterException unreachable(
      URI admin, String why, @org.jspecify.annotations.Nullable Exception e) {
    return new MusterException(
        ErrorCode.BENCH_UNREACHABLE, admin + "/metrics: " + why + "; --admin chooses others", e);
  }

  @Override
  public void close() {
    http.close();
  }
}
