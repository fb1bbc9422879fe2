package io.muster.supervision.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.registry.Registry;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolsTest {
  private static final TargetId ONE = new TargetId("web", "h:1");
  private static final TargetId TWO = new TargetId("web", "h:2");
  private final Pools pools = new Pools();
  private long index;

  private static JsonValue.Obj object(String json) {
    return (JsonValue.Obj) JsonText.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static TargetRecord listed(TargetId id) {
    return TargetRecord.ofFile(object("{\"addr\":\"" + id.addr() + "\",\"weight\":1}"));
  }

  private Registry.Change target(TargetId id, TargetRecord record) {
    return new Registry.Change(
        SupervisionKeys.target(id), record == null ? null : StateCodec.target(record), index);
  }

  private Registry.Change verdict(TargetId id, Health health) {
    Verdict v =
        new Verdict(health, 5, 1, Map.of("a", health), false, false, false, List.of(), List.of());
    return new Registry.Change(SupervisionKeys.verdict(id), StateCodec.verdict(v), index);
  }

  private List<PoolEvent> apply(Registry.Change... changes) {
    index++;
    return pools.apply(Arrays.asList(changes));
  }

  private void two() {
    apply(target(ONE, listed(ONE)), target(TWO, listed(TWO)));
    apply(verdict(ONE, Health.PASSING), verdict(TWO, Health.PASSING));
  }

  @Test
  void whoIsActiveIsSaidFirstWhenAllHaveBeenChecked() {
    apply(target(ONE, listed(ONE)), target(TWO, listed(TWO)));
    assertThat(apply(verdict(ONE, Health.PASSING)))
        .noneMatch(PoolEvent.ActiveChanged.class::isInstance);

    assertThat(apply(verdict(TWO, Health.CRITICAL)))
        .contains(new PoolEvent.ActiveChanged("web", List.of("h:1"), List.of()));
  }

  @Test
  void aVerdictThatTakesATargetDownIsAStateAndAnotherSet() {
    two();

    assertThat(apply(verdict(ONE, Health.CRITICAL)))
        .containsExactly(
            new PoolEvent.StateChanged(ONE, Health.PASSING, Health.CRITICAL),
            new PoolEvent.Changed(ONE),
            new PoolEvent.ActiveChanged("web", List.of(), List.of("h:1")));
  }

  @Test
  void theSameVerdictAgainIsNoEvent() {
    two();

    assertThat(apply(verdict(ONE, Health.PASSING))).isEmpty();
  }

  @Test
  void aWarningStaysActiveAndMaintenanceDoesNot() {
    two();
    assertThat(apply(verdict(ONE, Health.WARNING)))
        .noneMatch(PoolEvent.ActiveChanged.class::isInstance);

    TargetRecord worked =
        listed(TWO).withMaintenance(new TargetRecord.Maintenance("disk", "ann", 1, 0));
    assertThat(apply(target(TWO, worked)))
        .containsExactly(
            new PoolEvent.MaintenanceChanged(TWO, true),
            new PoolEvent.Changed(TWO),
            new PoolEvent.ActiveChanged("web", List.of(), List.of("h:2")));
  }

  @Test
  void whoDrainsIsListedAndNotActive() {
    two();

    apply(target(ONE, listed(ONE).withDrain(new TargetRecord.Drain("", 1, 0))));

    Pools.Node node = pools.node(ONE);
    assertThat(node.listed()).isTrue();
    assertThat(node.active()).isFalse();
    assertThat(pools.active("web")).containsExactly("h:2");
  }

  @Test
  void aSetThatChangesAsAWholeIsOneChangeOfTheActive() {
    two();
    TargetId three = new TargetId("web", "h:3");

    List<PoolEvent> events =
        apply(target(ONE, null), target(three, listed(three)), verdict(three, Health.PASSING));

    assertThat(events.stream().filter(PoolEvent.ActiveChanged.class::isInstance))
        .containsExactly(new PoolEvent.ActiveChanged("web", List.of("h:3"), List.of("h:1")));
  }

  @Test
  void aMemberThatStartsKnowsTheSameFromWhatIsHeld() {
    two();
    apply(verdict(ONE, Health.CRITICAL));
    Pools other = new Pools();
    List<Registry.Change> all = new ArrayList<>();
    all.add(verdict(TWO, Health.PASSING));
    all.add(verdict(ONE, Health.CRITICAL));
    all.add(target(TWO, listed(TWO)));
    all.add(target(ONE, listed(ONE)));

    other.apply(all);

    assertThat(other.active("web")).isEqualTo(pools.active("web"));
    assertThat(other.initialized("web")).isTrue();
  }

  @Test
  void aDamagedEntryChangesNothingAndIsTold() {
    two();

    assertThat(
            apply(
                new Registry.Change(
                    SupervisionKeys.target(ONE), "{}".getBytes(StandardCharsets.UTF_8), 9)))
        .isEmpty();

    assertThat(pools.node(ONE)).isNotNull();
    assertThat(pools.damaged()).containsExactly(SupervisionKeys.target(ONE));
  }

  @Test
  void whatWasSetWhileItRanStandsAboveTheFileAndIsTold() {
    TargetRecord edited = listed(ONE).with("weight", new JsonValue.Whole(9));
    Map<String, JsonValue.Obj> file = new LinkedHashMap<>();
    file.put("h:1", object("{\"addr\":\"h:1\",\"weight\":3}"));
    file.put("h:3", object("{\"addr\":\"h:3\"}"));

    FileDifference d = FileDifference.of("web", file, Map.of("h:1", edited, "h:2", listed(TWO)));

    assertThat(d.inserted()).containsOnlyKeys(new TargetId("web", "h:3"));
    assertThat(d.deleted()).containsExactly(TWO);
    assertThat(d.updated().get(ONE).definition().attributes())
        .containsEntry("weight", new JsonValue.Whole(9));
    assertThat(d.kept()).containsExactly("web/h:1: weight was set while the cluster ran, stays so");
  }
}
