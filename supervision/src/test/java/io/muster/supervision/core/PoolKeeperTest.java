package io.muster.supervision.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.SettingsTree;
import io.muster.registry.Registry;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.Kinds;
import io.muster.supervision.config.PoolReader;
import io.muster.supervision.config.PoolSettings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolKeeperTest {
  private static final PoolSettings POOL =
      PoolReader.read(
              SettingsTree.parse(
                  "web: {type: generic, min_active_nodes: 2, purge_unavailable: 1s}", "m.yaml"),
              new Kinds(Map.of(), Map.of(), Map.of()))
          .get("web");
  private final Pools pools = new Pools();

  private void node(String addr, String attributes, Health health) {
    TargetId id = new TargetId("web", addr);
    String json = "{\"addr\":\"" + addr + "\"" + attributes + "}";
    JsonValue.Obj base = (JsonValue.Obj) JsonText.read(json.getBytes(StandardCharsets.UTF_8));
    Verdict v = new Verdict(health, 1000, 1, Map.of(), false, false, false, List.of(), List.of());
    pools.apply(
        List.of(
            new Registry.Change(
                SupervisionKeys.target(id), StateCodec.target(TargetRecord.ofFile(base)), 1)));
    if (health == Health.UNKNOWN) return;
    pools.apply(
        List.of(new Registry.Change(SupervisionKeys.verdict(id), StateCodec.verdict(v), 2)));
  }

  private PoolKeeper.Wanted at(long nowMillis) {
    return PoolKeeper.look(POOL, pools.nodes("web"), nowMillis);
  }

  private static List<String> names(List<Pools.Node> nodes) {
    return nodes.stream().map(n -> n.id().addr()).toList();
  }

  @Test
  void asManySparesComeInAsAreMissing() {
    node("h:1", "", Health.PASSING);
    node("h:2", "", Health.CRITICAL);
    node("h:3", ",\"spare\":true", Health.CRITICAL);
    node("h:4", ",\"spare\":true,\"disabled\":true", Health.PASSING);
    node("h:5", ",\"spare\":true", Health.PASSING);
    node("h:6", ",\"spare\":true", Health.PASSING);

    assertThat(names(at(1000).promoted())).containsExactly("h:5");
  }

  @Test
  void oneThatNobodyHasLookedAtYetMayBeAboutToCome() {
    node("h:1", "", Health.PASSING);
    node("h:2", "", Health.UNKNOWN);
    node("h:5", ",\"spare\":true", Health.PASSING);

    assertThat(at(1000).promoted()).isEmpty();
  }

  @Test
  void onlyWhoIsCriticalForLongerGoes() {
    node("h:1", "", Health.CRITICAL);
    node("h:2", "", Health.PASSING);
    node("h:3", "", Health.UNKNOWN);

    assertThat(at(2000).purged()).isEmpty();
    assertThat(names(at(2001).purged())).containsExactly("h:1");
  }
}
