package io.muster.supervision.probe.core;

import static io.muster.spi.watch.Health.CRITICAL;
import static io.muster.spi.watch.Health.PASSING;
import static io.muster.spi.watch.Health.UNKNOWN;
import static io.muster.spi.watch.Health.WARNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.watch.Health;
import io.muster.supervision.probe.Timing;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RiseFallTest {
  private static RiseFall of(int rise, int fall, Health severity) {
    Duration second = Duration.ofSeconds(1);
    return new RiseFall(
        new Timing(second, second, rise, fall, Duration.ZERO, 0, severity, Duration.ZERO));
  }

  @Test
  void nothingIsKnownBeforeTheFirstFindingWhichCountsAtOnce() {
    RiseFall check = of(3, 3, CRITICAL);
    assertThat(check.health()).isEqualTo(UNKNOWN);
    assertThat(check.consecutive()).isZero();

    assertThat(check.accept(CRITICAL)).isTrue();

    assertThat(check.health()).isEqualTo(CRITICAL);
  }

  @Test
  void fallsAfterSoManyAndRisesAfterSoMany() {
    RiseFall check = of(2, 3, CRITICAL);
    check.accept(PASSING);
    List<Health> seen = new ArrayList<>();
    Health[] found = {
      CRITICAL, CRITICAL, PASSING, CRITICAL, CRITICAL, CRITICAL, PASSING, CRITICAL, PASSING, WARNING
    };

    for (Health h : found) {
      check.accept(h);
      seen.add(check.health());
    }

    assertThat(seen)
        .containsExactly(
            PASSING, PASSING, PASSING, PASSING, PASSING, CRITICAL, CRITICAL, CRITICAL, CRITICAL,
            WARNING);
  }

  @Test
  void warningsAreNotDamped() {
    RiseFall check = of(5, 5, CRITICAL);
    check.accept(PASSING);
    check.accept(WARNING);
    assertThat(check.health()).isEqualTo(WARNING);
    check.accept(PASSING);
    assertThat(check.health()).isEqualTo(PASSING);
  }

  @Test
  void aCheckOfLowSeverityOnlyWarns() {
    RiseFall check = of(1, 2, WARNING);
    check.accept(PASSING);
    check.accept(CRITICAL);
    assertThat(check.health()).isEqualTo(PASSING);
    assertThat(check.accept(CRITICAL)).isTrue();
    assertThat(check.health()).isEqualTo(WARNING);
    assertThat(check.failing()).isTrue();
  }

  @Test
  void aLapseCountsAtOnce() {
    RiseFall check = of(1, 5, CRITICAL);
    check.accept(PASSING);
    assertThat(check.lapse()).isTrue();
    assertThat(check.health()).isEqualTo(CRITICAL);
    assertThat(check.consecutive()).isEqualTo(1);
  }

  /// Beside a naive twin that looks at the whole history.
  @Test
  void agreesWithItsHistory() {
    Seeds.each(
        300,
        (_, random) -> {
          int rise = 1 + random.nextInt(4);
          int fall = 1 + random.nextInt(4);
          RiseFall check = of(rise, fall, CRITICAL);
          List<Health> history = new ArrayList<>();
          boolean down = false;
          for (int i = 0; i < 60; i++) {
            Health found = List.of(PASSING, WARNING, CRITICAL, CRITICAL).get(random.nextInt(4));
            history.add(found);
            check.accept(found);
            if (i == 0) down = found == CRITICAL;
            else if (!down) down = run(history, true) >= fall;
            else down = run(history, false) < rise;
            assertThat(check.health() == CRITICAL).as("%s", history).isEqualTo(down);
            assertThat(check.consecutive()).isEqualTo(run(history, found == CRITICAL));
          }
        });
  }

  private static int run(List<Health> history, boolean critical) {
    int n = 0;
    for (int i = history.size() - 1; i >= 0 && history.get(i) == CRITICAL == critical; i--) n++;
    return n;
  }
}
