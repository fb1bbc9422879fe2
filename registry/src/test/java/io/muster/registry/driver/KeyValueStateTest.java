package io.muster.registry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
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
  private final List<Integer> batches = new ArrayList<>();
  private long index;

  private static String text(byte[] utf8) {
    return utf8 == null ? null : new String(utf8, StandardCharsets.UTF_8);
  }

  private String apply(KeyValueState to, Kind kind, String key, String value) {
    byte[] command = KeyValueState.command(kind, key, Registry.utf8(value));
    return text(to.apply(++index, new byte[][] {command})[0]);
  }

  private AutoCloseable watch(String prefix) {
    return state.watch(
        prefix,
        changes -> {
          batches.add(changes.size());
          for (Registry.Change c : changes) seen.add(c.key() + "=" + text(c.value()));
        });
  }

  @Test
  void theFirstOfTwoFoundersWins() {
    assertThat(apply(state, Kind.PUT_IF_ABSENT, "a", "1")).isEqualTo("1");
    assertThat(apply(state, Kind.PUT_IF_ABSENT, "a", "2")).isEqualTo("1");
    assertThat(apply(state, Kind.PUT, "a", "3")).isEqualTo("3");
    assertThat(apply(state, Kind.REMOVE, "a", "")).isEmpty();
    assertThat(state.below("")).isEmpty();
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

  private boolean change(RegistryBatch batch) {
    return state.apply(++index, new byte[][] {BatchCodec.command(batch)})[0][0] != 0;
  }

  @Test
  void aBatchHappensAsOneOrNotAtAll() {
    watch("");
    apply(state, Kind.PUT, "user/a", "1");
    apply(state, Kind.PUT, "link/a/g", "");
    apply(state, Kind.PUT, "link/a/h", "");
    apply(state, Kind.PUT, "link/ab/h", "");
    seen.clear();
    batches.clear();
    boolean done =
        change(
            new RegistryBatch()
                .onlyIfPresent("user/a")
                .onlyIfStill("user/a", Registry.utf8("1"))
                .onlyIfAbsent("user/z")
                .removeAll("link/a/")
                .remove("user/a")
                .put("last", Registry.utf8("delete a")));
    assertThat(done).isTrue();
    assertThat(batches).containsExactly(4);
    assertThat(seen)
        .containsExactly("link/a/g=null", "link/a/h=null", "user/a=null", "last=delete a");
    assertThat(state.below("")).containsOnlyKeys("link/ab/h", "last");
  }

  @Test
  void aBatchWhoseConditionsDoNotHoldChangesNothing() {
    apply(state, Kind.PUT, "a", "1");
    assertThat(change(new RegistryBatch().onlyIfAbsent("a").put("b", new byte[1]))).isFalse();
    assertThat(change(new RegistryBatch().onlyIfPresent("b").put("b", new byte[1]))).isFalse();
    assertThat(change(new RegistryBatch().onlyIfStill("a", null).remove("a"))).isFalse();
    assertThat(change(new RegistryBatch().onlyIfStill("a", Registry.utf8("2")).removeAll("a")))
        .isFalse();
    assertThat(state.below("")).containsOnlyKeys("a");
  }

  @Test
  void aRepeatedBatchCountsAsDone() {
    RegistryBatch create =
        new RegistryBatch().onlyIfAbsent("a").put("a", Registry.utf8("1")).removeAll("b/");
    assertThat(change(create)).isTrue();
    assertThat(change(create)).isTrue();
    RegistryBatch another = new RegistryBatch().onlyIfAbsent("a").put("a", Registry.utf8("2"));
    assertThat(change(another)).isFalse();
  }
}
