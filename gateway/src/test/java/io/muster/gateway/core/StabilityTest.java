package io.muster.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class StabilityTest {
  private static final Map<String, Integer> MINIMUM = Map.of("a", 2, "b", 1);

  private static Stability of(Map<String, Integer> found, Map<String, Integer> linked) {
    return Stability.of(MINIMUM, found, linked, true);
  }

  @Test
  void aMemberGoesThroughTheStatesAndMayFallBack() {
    assertThat(of(Map.of("a", 1), Map.of("a", 1))).isEqualTo(Stability.ISOLATED);
    assertThat(of(Map.of("a", 2), Map.of("a", 2))).isEqualTo(Stability.INSUFFICIENT);
    assertThat(of(Map.of("a", 2, "b", 1), Map.of("a", 1, "b", 1))).isEqualTo(Stability.CONNECTING);
    Map<String, Integer> all = Map.of("a", 2, "b", 1);
    assertThat(Stability.of(MINIMUM, all, all, false)).isEqualTo(Stability.SUBSCRIBING);
    assertThat(of(all, all)).isEqualTo(Stability.STABLE);
    assertThat(of(Map.of("a", 1, "b", 1), Map.of("a", 1, "b", 1)))
        .isEqualTo(Stability.INSUFFICIENT);
  }

  @Test
  void whoIsEnoughAloneIsNotIsolated() {
    assertThat(Stability.of(Map.of("a", 1), Map.of("a", 1), Map.of("a", 1), true))
        .isEqualTo(Stability.STABLE);
    assertThat(Stability.INSUFFICIENT.text()).isEqualTo("CONNECTING-INSUFFICIENT PEERS");
  }
}
