package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TopCommandTest {
  private static JsonNode sample(long atMillis, long uptime, long frames, long cpuNanos) {
    return AdminClient.JSON.readTree(
        """
        {"members":[{"member":"a","ready":true,"state":"ready","uptimeMillis":%d,"atMillis":%d,
        "framesIn":%d,"cpuNanos":%d,"leads":["meta"],"connections":3}],"missing":["b: no answer"]}
        """
            .formatted(uptime, atMillis, frames, cpuNanos));
  }

  @Test
  void ratesAreWhatHappenedByTheMembersOwnClock() {
    JsonNode rates =
        TopCommand.rates(
            sample(5_000, 9_000, 100, 1_000_000_000L), sample(7_000, 11_000, 350, 2_500_000_000L));

    JsonNode a = rates.path("members").get(0);
    assertThat(a.path("framesInPerSecond").asDouble()).isEqualTo(125.0);
    assertThat(a.path("cpu").asDouble()).isEqualTo(0.75);
    assertThat(a.path("connections").asLong()).isEqualTo(3);
    assertThat(rates.path("missing").get(0).asString()).isEqualTo("b: no answer");
  }

  @Test
  void oneThatWasRestartedCountsFromNothing() {
    JsonNode rates =
        TopCommand.rates(sample(5_000, 900_000, 100_000, 9), sample(7_000, 1_000, 5, 10));

    assertThat(rates.path("members").get(0).path("framesInPerSecond").asDouble()).isZero();
  }
}
