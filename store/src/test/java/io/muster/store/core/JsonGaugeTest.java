package io.muster.store.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonGaugeTest {
  private static String add(String old, String gauge, double amount) {
    byte[] sum = JsonGauge.add(old.getBytes(StandardCharsets.UTF_8), gauge, amount);
    return new String(sum, StandardCharsets.UTF_8);
  }

  @Test
  void whatIsAbsentBeginsAtZeroAndAllElseIsKept() {
    assertThat(add("{}", "n", 3)).isEqualTo("{\"n\":{\"value\":3}}");
    assertThat(add("{\"x\": [1, 2],\"n\":{\"unit\":\"m\",\"value\": 1.5e1 }}", "n", -15.5))
        .isEqualTo("{\"x\":[1, 2],\"n\":{\"unit\":\"m\",\"value\":-0.5}}");
    assertThat(add("{}", "a\"b\\ä", 1)).isEqualTo("{\"a\\\"b\\\\ä\":{\"value\":1}}");
  }

  @Test
  void numbersAreDoublesAsClientsCount() {
    assertThat(add("{\"n\":{\"value\":0.1}}", "n", 0.2))
        .isEqualTo("{\"n\":{\"value\":0.30000000000000004}}");
    assertThat(add("{\"n\":{\"value\":9007199254740990}}", "n", 1))
        .isEqualTo("{\"n\":{\"value\":9007199254740991}}");
    assertThat(add("{\"n\":{\"value\":-1}}", "n", 1)).isEqualTo("{\"n\":{\"value\":0}}");
    assertThat(add("{}", "n", 1e300)).isEqualTo("{\"n\":{\"value\":1.0E300}}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"n\":",
        "{\"n\":5}",
        "{\"n\":null}",
        "{\"n\":{}}",
        "{\"n\":{\"value\":\"1\"}}",
        "{\"n\":{\"value\":null}}",
        "{\"n\":{\"value\":1.7e308}}"
      })
  void whatIsNoGaugeIsRefused(String old) {
    assertThatThrownBy(() -> add(old, "n", 1e308)).isInstanceOf(IllegalArgumentException.class);
  }
}
