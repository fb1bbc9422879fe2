package io.muster.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.MusterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChecksBenchTest {
  @Test
  void countsChecksAndTheirPeriods() {
    List<String> said = new ArrayList<>();

    ChecksResult result =
        Bench.checks(
            new ChecksPlan(20, Duration.ofMillis(200), false),
            new Timing(Duration.ofSeconds(2), Duration.ofSeconds(5)),
            said::add);

    assertThat(result.done()).isPositive();
    assertThat(result.failed()).isZero();
    assertThat(result.microsPerCheck()).isPositive();
    assertThat(result.periodP50Nanos()).isPositive();
    assertThat(result.periodMaxNanos()).isGreaterThanOrEqualTo(result.periodP99Nanos());
    assertThat(result.haproxyMicrosPerCheck()).isEmpty();
    assertThat(said).hasSize(2);
  }

  @Test
  void aPlanOutOfRangeIsRefused() {
    assertThatThrownBy(() -> new ChecksPlan(0, Duration.ofSeconds(1), false))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("targets");
    assertThatThrownBy(() -> new ChecksPlan(1, Duration.ofMillis(1), false))
        .hasMessageContaining("every");
  }
}
