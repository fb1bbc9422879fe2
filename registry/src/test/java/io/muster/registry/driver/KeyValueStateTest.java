package io.muster.registry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.registry.Registry;
import io.muster.registry.driver.KeyValueState.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyValueStateTest {
  private final KeyValueState state = new KeyValueState();
  private final List<String> seen = new ArrayList<>();
  private long index;

  private static String text(byte[] utf8) {
    return utf8 == null ? null : new String(utf8, StandardCharsets.UTF_8);
  }

  private String apply(KeyValueState to, Kind kind, String key, String value) {
    byte[] command = KeyValueState.command(kind, key, Registry.utf8(value));
    return text(to.apply(++index, new byte[][] {command})[0]);
  }

  private AutoCloseable watch(String prefix) {
    return state.watch(prefix, c -> seen.add(c.key() + "=" + text(c.value())));
  }

  @Test
  void theFirstOfTwoFoundersWins() {
    assertThat(apply(state, Kind.PUT_IF_ABSENT, "a", "1")).isEqualTo("1");
    assertThat(apply(state, Kind.PUT_IF_ABSENT, "a", "2")).isEqualTo("1");
    assertThat(apply(state, Kind.PUT, "a", "3")).isEqualTo("3");
    assertThat(apply(state, Kind.REMOVE, "a", "")).isEmpty();
    assertThat(state.values()).isEmpty();
  }

  @Test
  void aWatcherSeesEveryChangeBelowItsPrefixInOrder() throws Exception {
    AutoCloseable watching = watch("m/");
    apply(state, Kind.PUT, "m/1", "a");
    apply(state, Kind.PUT, "x/1", "a");
    apply(state, Kind.PUT_IF_ABSENT, "m/1", "b");
    apply(state, Kind.PUT, "m/1", "b");
    apply(state, Kind.REMOVE, "m/2", "");
    apply(state, Kind.REMOVE, "m/1", "");
    watching.close();
    apply(state, Kind.PUT, "m/1", "c");
    assertThat(seen).containsExactly("m/1=a", "m/1=b", "m/1=null");
  }

  @Test
  void aWatcherSeesWhatASnapshotChanged(@TempDir Path dir) throws Exception {
    KeyValueState other = new KeyValueState();
    apply(other, Kind.PUT, "m/1", "same");
    apply(other, Kind.PUT, "m/3", "new");
    other.save(dir);
    apply(state, Kind.PUT, "m/1", "same");
    apply(state, Kind.PUT, "m/2", "old");
    watch("m/");
    state.load(dir);
    assertThat(seen).containsExactly("m/2=null", "m/3=new");
    assertThat(state.appliedIndex()).isEqualTo(other.appliedIndex());
  }
}
