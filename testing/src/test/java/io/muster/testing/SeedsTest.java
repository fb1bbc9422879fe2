package io.muster.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SeedsTest {
  private final String seed = System.getProperty("muster.seed");
  private final String seeds = System.getProperty("muster.seeds");

  SeedsTest() {
    System.clearProperty("muster.seed");
    System.clearProperty("muster.seeds");
  }

  @AfterEach
  void restore() {
    if (seed == null) System.clearProperty("muster.seed");
    else System.setProperty("muster.seed", seed);
    if (seeds == null) System.clearProperty("muster.seeds");
    else System.setProperty("muster.seeds", seeds);
  }

  private static List<Long> run(int count) {
    List<Long> all = new ArrayList<>();
    Seeds.each(count, (seed, _) -> all.add(seed));
    return all;
  }

  @Test
  void theCommandLineDecidesWhichAndHowMany() {
    assertThat(run(3)).containsExactly(0L, 1L, 2L);

    System.setProperty("muster.seeds", "5");
    assertThat(run(3)).hasSize(5);

    System.setProperty("muster.seed", "77");
    assertThat(run(3)).containsExactly(77L);
  }

  @Test
  void aFailureNamesItsSeedAndTheCommandThatRepeatsIt() {
    assertThatThrownBy(() -> Seeds.each(9, (seed, _) -> assertThat(seed).as("small").isLessThan(4)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed 4 fails: [small]")
        .hasMessageContaining(
            "./mvnw -pl testing -am test -Dtest=SeedsTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dmuster.seed=4");
  }

  @Test
  void oneSeedGivesOneCourse() {
    List<Integer> drawn = new ArrayList<>();
    Seeds.each(2, (_, random) -> drawn.add(random.nextInt()));
    Seeds.each(2, (_, random) -> drawn.add(random.nextInt()));

    assertThat(drawn.subList(0, 2)).isEqualTo(drawn.subList(2, 4));
    assertThat(drawn.get(0)).isNotEqualTo(drawn.get(1));
  }

  @Test
  void neighbouringSeedsBeginDifferently() {
    Set<Integer> first = new HashSet<>();

    Seeds.each(64, (_, random) -> first.add(random.nextInt(8)));

    assertThat(first).hasSize(8);
  }
}
