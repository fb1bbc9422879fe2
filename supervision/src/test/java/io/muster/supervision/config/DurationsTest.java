package io.muster.supervision.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1m30s | 90000",
        "1h 20m | 4800000",
        "500ms | 500",
        "1.5s | 1500",
        "2 Minutes | 120000",
        "1e3ms | 1000",
        "1,000ms | 1000",
        "1d | 86400000",
        "1w | 604800000",
        "1 month | 2629800000",
        "3 hrs 2 secs | 10802000"
      })
  void sumsOfNumbersWithUnits(String text, long millis) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "5", "-5s", "5 parsecs", "s", "1m 30", "1..5s", "9e99y", "1e9999999999s"})
  void everythingElseIsNone(String text) {
    assertThat(Durations.parse(text)).isNull();
  }

  @Test
  void microsecondsHaveTwoLetters() {
    assertThat(Durations.parse("5µs")).isEqualTo(Durations.parse("5us"));
  }
}
