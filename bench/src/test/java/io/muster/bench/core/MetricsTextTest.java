package io.muster.bench.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsTextTest {
  private static final String TEXT =
      """
      # HELP process_cpu_time_ns_total The "cpu time"
      # TYPE process_cpu_time_ns_total counter
      process_cpu_time_ns_total 2.21E9
      process_resident_memory_bytes NaN
      process_cpu_time_ns_total_other 1
      """;

  @Test
  void valuesAreFoundByTheirWholeName() {
    assertThat(MetricsText.value(TEXT, "process_cpu_time_ns_total")).hasValue(2.21e9);
    assertThat(MetricsText.value(TEXT, "process_resident_memory_bytes")).isEmpty();
    assertThat(MetricsText.value(TEXT, "process_cpu_time")).isEmpty();
  }
}
