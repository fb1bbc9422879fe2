package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class LiveStateTest {
  private static final int ALL = 1 << 20;
  private final LiveState state = new LiveState(Exchange.JSON);

  private static String next(LiveState of, LiveState.Cursor viewer, int bytes) {
    byte[] next = of.next(viewer, bytes);
    return next == null ? null : new String(next, StandardCharsets.UTF_8);
  }

  @Test
  void aViewerGetsTheStateThenWhatChanges() {
    LiveState.Cursor viewer = new LiveState.Cursor(null);
    state.update(Map.of("a", 1));
    assertThat(next(state, viewer, ALL))
        .isEqualTo("{\"reset\":true,\"set\":{\"a\":1},\"gone\":[]}");
    assertThat(next(state, viewer, ALL)).isNull();

    assertThat(state.update(Map.of("a", 1))).isFalse();
    assertThat(state.update(Map.of("a", 1, "b", 2))).isTrue();
    assertThat(next(state, viewer, ALL)).isEqualTo("{\"set\":{\"b\":2},\"gone\":[]}");

    state.update(Map.of("b", 2));
    assertThat(next(state, viewer, ALL)).isEqualTo("{\"set\":{},\"gone\":[\"a\"]}");
  }

  @Test
  void anEmptyStateIsNewsToWhoeverIsNew() {
    assertThat(state.looked()).isFalse();
    assertThat(state.update(Map.of())).isTrue();

    assertThat(next(state, new LiveState.Cursor(null), ALL))
        .isEqualTo("{\"reset\":true,\"set\":{},\"gone\":[]}");
  }

  @Test
  void aSlowViewerSkipsWhatLiesBetween() {
    LiveState.Cursor viewer = new LiveState.Cursor(null);
    state.update(Map.of("a", 0));
    next(state, viewer, ALL);
    for (int i = 1; i <= 1000; i++) state.update(Map.of("a", i));

    assertThat(next(state, viewer, ALL)).isEqualTo("{\"set\":{\"a\":1000},\"gone\":[]}");
  }

  @Test
  void aLargeStateComesInPieces() {
    Map<String, String> many = new LinkedHashMap<>();
    for (int i = 0; i < 100; i++) many.put("k" + i, "x".repeat(100));
    state.update(many);
    LiveState.Cursor viewer = new LiveState.Cursor(null);

    Map<String, JsonNode> seen = new HashMap<>();
    int pieces = 0;
    for (String s = next(state, viewer, 1000); s != null; s = next(state, viewer, 1000)) {
      assertThat(s.length()).isLessThan(1300);
      JsonNode n = Exchange.JSON.readTree(s);
      assertThat(n.has("reset")).isEqualTo(pieces == 0);
      n.path("set").properties().forEach(e -> seen.put(e.getKey(), e.getValue()));
      pieces++;
    }

    assertThat(pieces).isGreaterThan(5);
    assertThat(seen).hasSize(100);
  }

  @Test
  void whoeverWantsOnePartGetsNoOther() {
    LiveState.Cursor viewer = new LiveState.Cursor("b");
    state.update(Map.of("a", 1, "b", 2));
    assertThat(next(state, viewer, ALL))
        .isEqualTo("{\"reset\":true,\"set\":{\"b\":2},\"gone\":[]}");

    state.update(Map.of("a", 3, "b", 2));
    assertThat(next(state, viewer, ALL)).isNull();
    state.update(Map.of("a", 3));
    assertThat(next(state, viewer, ALL)).isEqualTo("{\"set\":{},\"gone\":[\"b\"]}");
  }

  @Test
  void whoeverMissedMoreThanIsRememberedBeginsAnew() {
    LiveState.Cursor viewer = new LiveState.Cursor(null);
    Map<String, Integer> many = new LinkedHashMap<>();
    for (int i = 0; i < LiveState.GONE_MAX + 10; i++) many.put("k" + i, i);
    many.put("stays", 1);
    state.update(many);
    while (next(state, viewer, ALL) != null) {}

    state.update(Map.of("stays", 1));

    assertThat(next(state, viewer, ALL))
        .isEqualTo("{\"reset\":true,\"set\":{\"stays\":1},\"gone\":[]}");
    assertThat(next(state, viewer, ALL)).isNull();
  }

  /// Whatever happens, and however a viewer is served in pieces, it ends up with the state.
  @Test
  void viewersAgreeWithTheState() {
    Random random = new Random(20260321);
    Map<String, Integer> truth = new HashMap<>();
    LiveState.Cursor viewer = new LiveState.Cursor(null);
    Map<String, Integer> seen = new HashMap<>();
    for (int round = 0; round < 500; round++) {
      for (int i = 0; i < 5; i++) {
        String key = "k" + random.nextInt(30);
        if (random.nextInt(3) == 0) truth.remove(key);
        else truth.put(key, random.nextInt(5));
      }
      state.update(Map.copyOf(truth));
      boolean all = random.nextInt(4) == 0;
      int pieces = all ? Integer.MAX_VALUE : random.nextInt(2);
      for (int i = 0; i < pieces; i++) {
        String s = next(state, viewer, 60);
        if (s == null) break;
        JsonNode n = Exchange.JSON.readTree(s);
        if (n.has("reset")) seen.clear();
        n.path("gone").forEach(k -> seen.remove(k.asString()));
        n.path("set").properties().forEach(e -> seen.put(e.getKey(), e.getValue().asInt()));
      }
      if (all) assertThat(seen).as("round " + round).isEqualTo(truth);
    }
  }
}
