package io.muster.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingShapeTest {
  @Test
  void valuesAreReadInTheirRangeAndWrittenOneWay() {
    SettingShape<Long> size = SettingShape.bytes(1024, 1 << 20);
    assertThat(size.parse(" 2 kib ")).isEqualTo(2048L);
    assertThat(size.text(2048L)).isEqualTo("2KiB");
    assertThat(size.parse("1023")).isNull();
    assertThat(size.parse("2MiB")).isNull();
    SettingShape<Integer> number = SettingShape.whole(1, 1_000_000);
    assertThat(number.parse("10_000")).isEqualTo(10_000);
    assertThat(number.text(10_000)).isEqualTo("10000");
    assertThat(number.parse("0")).isNull();
    assertThat(number.parse("1.5")).isNull();
    SettingShape<Duration> time =
        SettingShape.duration(Duration.ofMillis(100), Duration.ofMinutes(1));
    assertThat(time.text(time.parse("1.5s"))).isEqualTo("1500ms");
    assertThat(time.parse("99ms")).isNull();
    assertThat(SettingShape.flag().parse("true")).isTrue();
    assertThat(SettingShape.flag().parse("yes")).isNull();
    SettingShape<String> word = SettingShape.word("low", "high");
    assertThat(word.parse("HIGH")).isEqualTo("high");
    assertThat(word.parse("middle")).isNull();
    assertThat(word.range()).isEqualTo("one of low, high");
  }

  private static final ClusterSetting<Integer> SEATS =
      new ClusterSetting<>(
          "hall.seats", SettingShape.whole(1, 9), 4, ClusterSetting.Change.RUNNING, "how many");

  @Test
  void aMembersOwnValueIsReadWithItsPlace() {
    Settings given = Settings.of("hall:\n  seats: 7\n", "muster.yaml", Map.of(), Map.of());
    assertThat(given.root().section("hall", "a hall").own(SEATS)).isEqualTo(7);
    assertThat(given.place("hall.seats")).contains("muster.yaml:2:10");

    Settings above =
        Settings.of(
            "hall:\n  seats: 7\n", "muster.yaml", Map.of("MUSTER_HALL_SEATS", "8"), Map.of());
    assertThat(above.root().section("hall", "a hall").own(SEATS)).isEqualTo(8);
    assertThat(above.place("hall.seats")).contains("MUSTER_HALL_SEATS");

    Settings none = Settings.of("", "muster.yaml", Map.of(), Map.of());
    assertThat(none.root().section("hall", "a hall").own(SEATS)).isEqualTo(4);
    assertThat(none.place("hall.seats")).isEmpty();
  }

  @Test
  void aValueOutOfRangeIsRefusedWithWhatWasExpected() {
    assertThatThrownBy(() -> SEATS.value("ten"))
        .isInstanceOf(MusterException.class)
        .hasMessage("hall.seats: expected a whole number from 1 to 9, found 'ten'");
  }
}
