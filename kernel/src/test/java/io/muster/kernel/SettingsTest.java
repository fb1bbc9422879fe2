package io.muster.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static Settings yaml(String text) {
    return Settings.of(text, "muster.yaml", Map.of(), Map.of());
  }

  private static void readProbe(Settings settings) {
    SettingsSection s = settings.root().section("probe", "probing");
    s.duration(
        "every", Duration.ofSeconds(1), Duration.ofMillis(100), Duration.ofHours(1), "period");
    s.integer("rise", 2, 1, 10, "successes");
    s.flag("loud", false, "noise");
    s.texts("hosts", java.util.List.of(), "whom");
  }

  @Test
  void anUnknownKeyIsNamedWithPlaceAndSuggestion() {
    Settings settings = yaml("probe:\n  evry: 2s\n");
    readProbe(settings);

    assertThatThrownBy(settings::finish)
        .hasMessage("muster.yaml:2:9: probe.evry: unknown key (did you mean 'every'?)");
  }

  @Test
  void keysMayBeWrittenInCamelCase() {
    Settings settings = yaml("probe:\n  pingInterval: 300\n  udp: { maxDgramSize: 900 }\n");
    SettingsSection s = settings.root().section("probe", "probing");
    Duration hour = Duration.ofHours(1);
    assertThat(s.duration("ping_interval", Duration.ZERO, Duration.ZERO, hour, "period"))
        .isEqualTo(Duration.ofMillis(300));
    assertThat(s.section("udp", "datagrams").integer("max_dgram_size", 1, 1, 1000, "size"))
        .isEqualTo(900);
    settings.finish();
  }

  @Test
  void aKeyInBothSpellingsIsRefused() {
    Settings settings = yaml("probe:\n  ping_interval: 1s\n  pingInterval: 2s\n");
    settings
        .root()
        .section("probe", "probing")
        .duration("ping_interval", Duration.ZERO, Duration.ZERO, Duration.ofHours(1), "period");
    assertThatThrownBy(settings::finish)
        .hasMessage(
            "muster.yaml:3:17: pingInterval is probe.ping_interval, which is given as well");
  }

  @Test
  void anUnknownKeyInCamelCaseIsNamedAsWritten() {
    Settings settings = yaml("probe:\n  riseUp: 2s\n");
    readProbe(settings);
    assertThatThrownBy(settings::finish)
        .hasMessageStartingWith("muster.yaml:2:11: probe.riseUp: unknown key");
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    Settings settings = yaml("probe:\n  every: 1ms\n  rise: many\n  loud: 7\nprobes: {}\n");
    readProbe(settings);

    assertThatThrownBy(settings::finish)
        .hasMessageContaining("muster.yaml:2:10: probe.every: expected a duration from 100ms to 1h")
        .hasMessageContaining("probe.rise: expected a whole number from 1 to 10, found 'many'")
        .hasMessageContaining("probe.loud: expected true or false, found '7'")
        .hasMessageContaining("probes: unknown key (did you mean 'probe'?)");
  }

  @Test
  void flagsBeatVariablesBeatTheFile() {
    Settings settings =
        Settings.of(
            "probe: {rise: 3, every: 3s, hosts: [a, b]}",
            "f",
            Map.of("MUSTER_PROBE_RISE", "4", "MUSTER_PROBE_EVERY", "4s"),
            Map.of("probe.rise", "5"));
    SettingsSection s = settings.root().section("probe", "");

    assertThat(s.integer("rise", 1, 0, 9, "")).isEqualTo(5);
    assertThat(s.duration("every", Duration.ZERO, Duration.ZERO, Duration.ofDays(1), ""))
        .isEqualTo(Duration.ofSeconds(4));
    assertThat(s.texts("hosts", java.util.List.of(), "")).containsExactly("a", "b");
    settings.finish();
  }

  @Test
  void unknownFlagsAndVariablesAreRefused() {
    Settings settings =
        Settings.of("", "f", Map.of("MUSTER_PROBE_RISES", "4"), Map.of("probe.ris", "5"));
    readProbe(settings);

    assertThatThrownBy(settings::finish)
        .hasMessageContaining("--set probe.ris: unknown key (did you mean 'probe.rise'?)")
        .hasMessageContaining(
            "MUSTER_PROBE_RISES: unknown variable (did you mean 'MUSTER_PROBE_RISE'?)");
  }

  @Test
  void aVariableThatTwoKeysHaveNamesBoth() {
    Settings settings = Settings.of("", "f", Map.of("MUSTER_A_B_C", "1"), Map.of());
    settings.root().section("a", "").integer("b_c", 0, 0, 9, "");
    settings.root().section("a_b", "").integer("c", 0, 0, 9, "");

    assertThatThrownBy(settings::finish)
        .hasMessage("MUSTER_A_B_C: means a.b_c as well as a_b.c; give them in the file instead");
  }

  @Test
  void keysWhoseVariablesCollideMayBeGivenInTheFile() {
    Settings settings = yaml("{a: {b_c: 1}, a_b: {c: 2}}");

    assertThat(settings.root().section("a", "").integer("b_c", 0, 0, 9, "")).isEqualTo(1);
    assertThat(settings.root().section("a_b", "").integer("c", 0, 0, 9, "")).isEqualTo(2);
    settings.finish();
  }

  @Test
  void aVariableOfAMistypedSectionIsRefusedAndThoseOfOthersAreNot() {
    Settings settings =
        Settings.of(
            "",
            "f",
            Map.of("MUSTER_PORBE_RISE", "4", "MUSTER_LOG_LEVEL", "DEBUG", "HOME", "/"),
            Map.of());
    readProbe(settings);

    assertThatThrownBy(settings::finish)
        .hasMessage("MUSTER_PORBE_RISE: unknown variable (did you mean 'MUSTER_PROBE_RISE'?)");
  }

  @Test
  void aVariableCannotStandForSeveralValuesWithNames() {
    Settings settings = Settings.of("", "f", Map.of("MUSTER_M_LABELS", "a=b"), Map.of());
    settings.root().section("m", "").textMap("labels", "");

    assertThatThrownBy(settings::finish)
        .hasMessage("MUSTER_M_LABELS: m.labels cannot be given by a variable; give it in the file");
  }

  @Test
  void aWrongValueOfAVariableNamesTheVariable() {
    Settings settings = Settings.of("", "f", Map.of("MUSTER_PROBE_RISE", "many"), Map.of());
    readProbe(settings);

    assertThatThrownBy(settings::finish)
        .hasMessage(
            "MUSTER_PROBE_RISE: probe.rise: expected a whole number from 1 to 10, found 'many'");
  }

  @Test
  void brokenYamlAndRepeatedKeysNameTheirPlace() {
    assertThatThrownBy(() -> yaml("a: [1\nb: 2")).hasMessageStartingWith("muster.yaml:");
    assertThatThrownBy(() -> yaml("a: 1\na: 2")).hasMessageContaining("a");
    assertThatThrownBy(() -> yaml("just text")).hasMessageContaining("expected keys and values");
  }

  @Test
  void unitsReadBackWhatTheyPrint() {
    for (String s : java.util.List.of("0ms", "150ms", "2s", "3m", "1h", "7d")) {
      Duration d = Units.duration(s);
      assertThat(d).isNotNull();
      assertThat(Units.text(d)).isEqualTo(s);
    }
    assertThat(Units.bytes("64KiB")).isEqualTo(65536L);
    assertThat(Units.duration("soon")).isNull();
  }

  @Test
  void whatHasAGrammarOfItsOwnIsGivenAsJson() {
    String yaml =
        """
        rules:
          - name: a "b"
            when: {x: {$gt: 3}}
            on: true
            off: "true"
        """;
    Settings settings = Settings.of(yaml, "m.yaml", Map.of(), Map.of());
    assertThat(settings.root().json("rules", "a list", "what to do"))
        .contains(
            "[{\"name\":\"a"
                + " \\\"b\\\"\",\"when\":{\"x\":{\"$gt\":3}},\"on\":true,\"off\":\"true\"}]");
    settings.finish();
    Settings above = Settings.of(yaml, "m.yaml", Map.of("MUSTER_RULES", "[1, two]"), Map.of());
    assertThat(above.root().json("rules", "a list", "what to do")).contains("[1,\"two\"]");
    above.finish();
  }
}
