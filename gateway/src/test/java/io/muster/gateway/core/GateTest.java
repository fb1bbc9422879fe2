package io.muster.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.gateway.core.Gate.State;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GateTest {
  private final Gate gate = new Gate(Map.of("a", 2), Duration.ofSeconds(10), 0);

  @Test
  void opensOnlyWithMembersRegistryAndQuorum() {
    assertThat(gate.look(Map.of("a", 1), true, null, 1)).isInstanceOf(State.AwaitingPeers.class);
    assertThat(gate.look(Map.of("a", 2), false, null, 2))
        .isInstanceOf(State.AwaitingRegistry.class);
    assertThat(gate.look(Map.of("a", 2), true, "no leader", 3))
        .isInstanceOf(State.AwaitingRegistry.class);
    assertThat(gate.look(Map.of("a", 2), true, null, 4)).isInstanceOf(State.Open.class);
  }

  @Test
  void onceOpenOnlyTheQuorumMatters() {
    gate.look(Map.of("a", 2), true, null, 1);

    assertThat(gate.look(Map.of("a", 1), true, null, 2)).isInstanceOf(State.Open.class);
    assertThat(gate.look(Map.of("a", 2), true, "no leader", 3)).isInstanceOf(State.Closed.class);
    assertThat(gate.look(Map.of("a", 2), true, null, 4)).isInstanceOf(State.Open.class);
  }

  @Test
  void whoIsNotStableInTimeFails() {
    assertThat(gate.look(Map.of(), true, null, Duration.ofSeconds(11).toNanos()))
        .isInstanceOfSatisfying(
            State.Failed.class, f -> assertThat(f.text()).contains("failed to stabilise in time"));
  }
}
