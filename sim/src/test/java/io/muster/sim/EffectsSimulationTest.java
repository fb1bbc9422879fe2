package io.muster.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Seeds;
import org.junit.jupiter.api.Test;

/// What is done once for all, while members die and the log stalls. `make sim SEEDS=N` runs more
/// seeds.
class EffectsSimulationTest {
  private static final int SEEDS = 120;

  @Test
  void whatIsPromisedOnceRunsOnceAndWhatIsPromisedAtLeastOnceRuns() {
    long[] totals = new long[3];
    Seeds.each(
        SEEDS,
        (_, random) -> {
          EffectsSimulation sim = new EffectsSimulation(random.nextLong(), 3 + random.nextInt(3));
          sim.run(20, 3);
          totals[0] += sim.totals()[0];
          totals[1] += sim.totals()[1];
          totals[2] += sim.again();
        });
    if (Long.getLong("muster.seed") != null) return;
    // That it is not safe by doing nothing, and that takeovers happen.
    assertThat(totals[1]).as("runs of " + totals[0]).isGreaterThan(totals[0] / 2);
    assertThat(totals[2]).as("run again").isGreaterThan(0);
  }

  @Test
  void aLongHistoryIsShortenedWithoutDoingAnythingTwice() {
    Seeds.each(4, (_, random) -> new EffectsSimulation(random.nextLong(), 3).run(60, 30));
  }
}
