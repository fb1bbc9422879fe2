package io.muster.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.membership.MemberEvent;
import io.muster.membership.MemberState;
import io.muster.membership.MembershipSettings;
import io.muster.membership.core.Standing;
import io.muster.sim.SwimSimulation.Told;
import io.muster.testing.Seeds;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The failure detector in whole clusters. `make sim SEEDS=N` runs more seeds, `make sim SEED=S`
/// the one that a failure names.
class SwimSimulationTest {
  private static final long SECOND = 1_000_000_000L;
  private static final MembershipSettings DEFAULTS = MembershipSettings.defaults(List.of(), false);
  private static final int SEEDS = 20;

  private static SwimSimulation cluster(long seed, int members) {
    SwimSimulation sim = new SwimSimulation(seed, members, DEFAULTS);
    sim.run(2 * SECOND + members * 10_000_000L);
    return sim;
  }

  private static void agreed(SwimSimulation sim) {
    sim.eachPicture(names -> assertThat(names).isEqualTo(sim.living()));
  }

  private static List<Told> failures(SwimSimulation sim) {
    return sim.told().stream().filter(t -> t.event() instanceof MemberEvent.MemberFailed).toList();
  }

  @Test
  void everybodyFindsEverybody() {
    for (int members : new int[] {2, 3, 5, 20}) {
      Seeds.each(
          SEEDS,
          (seed, _) -> {
            SwimSimulation sim = cluster(seed, members);

            agreed(sim);
            assertThat(failures(sim)).isEmpty();
          });
    }
  }

  @Test
  void aKilledMemberIsKnownToAllWithinHalfASecond() {
    for (int members : new int[] {2, 3, 5, 20}) {
      Seeds.each(
          SEEDS,
          (seed, _) -> {
            SwimSimulation sim = cluster(seed, members);
            sim.kill(1, true);

            sim.run(SECOND / 2);

            agreed(sim);
          });
    }
  }

  @Test
  void aFrozenMemberIsKnownToAllWithinOneAndAHalfSeconds() {
    for (int members : new int[] {3, 5, 20}) {
      Seeds.each(
          SEEDS,
          (seed, _) -> {
            SwimSimulation sim = cluster(seed, members);
            sim.kill(1, false);

            sim.run(1500 * SECOND / 1000);

            agreed(sim);
          });
    }
  }

  @Test
  void aStallOfASecondIsForgiven() {
    for (int members : new int[] {2, 3, 5, 20}) {
      Seeds.each(
          SEEDS,
          (seed, _) -> {
            SwimSimulation sim = cluster(seed, members);
            sim.stall((int) (seed % members), SECOND);

            sim.run(6 * SECOND);

            assertThat(failures(sim)).as("members " + members).isEmpty();
            agreed(sim);
          });
    }
  }

  @Test
  void aSuspectIsShownWithWhoDoubtsItAndForHowLong() {
    for (long seed = 0; seed < SEEDS; seed++) {
      SwimSimulation sim = cluster(seed, 5);
      String victim = "m1";
      assertThat(standing(sim, victim).voices()).as("seed " + seed).isEmpty();
      long death = sim.now();
      sim.kill(1, false);

      sim.run(900_000_000L);

      Standing suspect = standing(sim, victim);
      assertThat(suspect.member().state()).as("seed " + seed).isEqualTo(MemberState.SUSPECT);
      assertThat(suspect.sinceNanos()).as("seed " + seed).isBetween(death, sim.now());
      assertThat(suspect.voices()).as("seed " + seed).isNotEmpty();
      // A voice counts whole milliseconds, and the last answer may still have been under way.
      assertThat(suspect.voices().getFirst().sinceNanos())
          .as("seed " + seed)
          .isBetween(death - 10_000_000L, suspect.sinceNanos());

      sim.run(SECOND);

      Standing failed = standing(sim, victim);
      assertThat(failed.member().state()).as("seed " + seed).isEqualTo(MemberState.FAILED);
      assertThat(failed.sinceNanos()).as("seed " + seed).isGreaterThan(suspect.sinceNanos());
      assertThat(failed.voices()).as("seed " + seed).isEmpty();
    }
  }

  private static Standing standing(SwimSimulation sim, String name) {
    return sim.standings(0).stream()
        .filter(s -> s.member().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aLongStallEndsInAReturn() {
    Seeds.each(
        SEEDS,
        (seed, _) -> {
          SwimSimulation sim = cluster(seed, 5);
          sim.stall(2, 4 * SECOND);
          sim.run(3 * SECOND);
          assertThat(failures(sim)).isNotEmpty();

          sim.run(15 * SECOND);

          agreed(sim);
        });
  }

  @Test
  void oneWayCutsAndLossEndInAgreementOnceHealed() {
    Seeds.each(
        SEEDS,
        (seed, _) -> {
          SwimSimulation sim = cluster(seed, 7);
          sim.loss(0.2);
          sim.cut(1, 2);
          sim.cut(3, 4);
          sim.cut(3, 5);
          sim.run(10 * SECOND);
          assertThat(failures(sim)).as("others vouch for both").isEmpty();
          for (int i = 0; i < 3; i++) {
            for (int j = 3; j < 7; j++) {
              sim.cut(i, j);
              sim.cut(j, i);
            }
          }
          sim.run(10 * SECOND);
          assertThat(failures(sim)).isNotEmpty();

          sim.loss(0);
          sim.healAll();
          sim.relink(0, 5);
          sim.run(15 * SECOND);

          agreed(sim);
        });
  }

  @Test
  void fiveHundredMembersBearLossCutsAndStalls() {
    long seed = 42;
    SwimSimulation sim = new SwimSimulation(seed, 500, DEFAULTS);
    sim.run(13 * SECOND);
    agreed(sim);
    long before = sim.datagrams();
    sim.loss(0.2);
    for (int i = 0; i < 20; i++) sim.cut(i * 7, i * 11 + 1);
    for (int i = 0; i < 10; i++) sim.stall(100 + i * 13, SECOND);
    sim.run(3 * SECOND);
    assertThat(failures(sim)).as("stalls of a second are forgiven").isEmpty();
    for (int i = 0; i < 5; i++) sim.stall(200 + i * 17, 2 * SECOND);
    sim.run(3 * SECOND);
    long perMemberAndSecond = (sim.datagrams() - before) / 500 / 6;
    sim.loss(0);
    sim.healAll();

    sim.run(12 * SECOND);

    agreed(sim);
    assertThat(perMemberAndSecond).isLessThan(400);
  }
}
