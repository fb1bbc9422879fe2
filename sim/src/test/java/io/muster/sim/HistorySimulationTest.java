package io.muster.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.realtime.core.HistoryLog;
import io.muster.testing.Seeds;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Clients that go on from their position while members and links fail. `make sim SEEDS=N` runs
/// more seeds.
class HistorySimulationTest {
  private static final int SEEDS = 2000;

  @Test
  void whoIsToldThatItGotAllGotAllOnce() {
    int[] totals = new int[2];
    Map<HistoryLog.Reason, Integer> refusals = new EnumMap<>(HistoryLog.Reason.class);
    Seeds.each(
        SEEDS,
        (seed, random) -> {
          HistorySimulation sim =
              new HistorySimulation(random.nextLong(), 2 + random.nextInt(3), 4);
          sim.run(12);
          totals[0] += sim.recovered();
          totals[1] += sim.missed();
          sim.refusals().forEach((r, n) -> refusals.merge(r, n, Integer::sum));
        });
    if (Long.getLong("muster.seed") != null) return;
    // That it is not safe by never recovering anything.
    int few = Integer.getInteger("muster.seeds", SEEDS) / 4;
    assertThat(totals[0]).as("recovered, refused " + refusals).isGreaterThan(few);
    assertThat(totals[1]).as("missed").isGreaterThan(few);
  }
}
