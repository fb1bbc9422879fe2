package io.muster.registry.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ClusterSetting;
import io.muster.kernel.ClusterSetting.Change;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingShape;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Outcome;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.registry.driver.KeyValueState.Kind;
import io.muster.registry.driver.SharedSettings.Own;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Members on one registry: what they agree on, what they follow, what operators may do.
class SharedSettingsTest {
  private static final ClusterSetting<Boolean> GUARDED =
      new ClusterSetting<>("s.guarded", SettingShape.flag(), false, Change.NEVER, "a wall");
  private static final ClusterSetting<Duration> PATIENCE =
      new ClusterSetting<>(
          "s.patience",
          SettingShape.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          Duration.ofMillis(500),
          Change.AT_START,
          "time");
  private static final ClusterSetting<Long> ROOM =
      new ClusterSetting<>(
          "s.room", SettingShape.bytes(1024, 1 << 20), 4096L, Change.RUNNING, "space");
  private final OneRegistry registry = new OneRegistry();

  /// The real state, committed to at once, or as a test says.
  private static final class OneRegistry implements Registry {
    final KeyValueState state = new KeyValueState();
    Optional<Outcome> instead = Optional.empty();
    private long index;

    private byte[] apply(Kind kind, String key, byte[] value) {
      return state.apply(++index, new byte[][] {KeyValueState.command(kind, key, value)})[0];
    }

    private CompletableFuture<Outcome> propose(Kind kind, String key, byte[] value) {
      return CompletableFuture.completedFuture(
          instead.orElseGet(() -> new Outcome.Committed(index, apply(kind, key, value))));
    }

    @Override
    public CompletableFuture<Optional<byte[]>> get(String key) {
      return CompletableFuture.completedFuture(state.value(key));
    }

    @Override
    public Map<String, byte[]> local(String prefix) {
      Map<String, byte[]> found = new TreeMap<>();
      state.below(prefix).forEach((key, held) -> found.put(key, held.value()));
      return found;
    }

    @Override
    public Map<String, Held> held(String prefix) {
      return state.below(prefix);
    }

    @Override
    public CompletableFuture<Outcome> put(String key, byte[] value) {
      return propose(Kind.PUT, key, value);
    }

    @Override
    public CompletableFuture<byte[]> putIfAbsent(String key, byte[] value) {
      return CompletableFuture.completedFuture(apply(Kind.PUT_IF_ABSENT, key, value));
    }

    @Override
    public CompletableFuture<Outcome> remove(String key) {
      return propose(Kind.REMOVE, key, new byte[0]);
    }

    @Override
    public CompletableFuture<Decision> decide(RegistryBatch batch) {
      throw new UnsupportedOperationException("settings are changed one by one");
    }

    @Override
    public AutoCloseable watch(String prefix, Consumer<List<Change>> watcher) {
      return state.watch(prefix, watcher);
    }
  }

  private SharedSettings member(boolean guarded, long room) {
    return new SharedSettings(
        registry,
        List.of(
            new Own<>(ROOM, room, Optional.empty()),
            new Own<>(GUARDED, guarded, Optional.of("muster.yaml:7:11")),
            new Own<>(PATIENCE, Duration.ofMillis(500), Optional.empty())));
  }

  private static MusterException failure(CompletableFuture<?> asked) {
    try {
      asked.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof MusterException m) return m;
      throw e;
    }
    throw new AssertionError("did not fail");
  }

  @Test
  void theFirstMemberDecidesAndOneThatDisagreesIsToldWhatWhereAndWhatToDo() {
    member(true, 4096).agree(GUARDED);
    member(true, 4096).agree(GUARDED);

    assertThatThrownBy(() -> member(false, 4096).agree(GUARDED))
        .isInstanceOfSatisfying(
            MusterException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CLUSTER_SETTING_MISMATCH))
        .hasMessageContaining("muster.yaml:7:11: s.guarded: expected true")
        .hasMessageContaining("found false")
        .hasMessageContaining("configure s.guarded: true");
    assertThat(
            new String(
                registry.local("settings/").get("settings/s.guarded"), StandardCharsets.UTF_8))
        .isEqualTo("true");
  }

  @Test
  void whatIsNotConfiguredIsSaidToBeADefault() {
    registry.put("settings/s.patience", Registry.utf8("2s"));

    assertThatThrownBy(() -> member(true, 4096).agree(PATIENCE))
        .hasMessageStartingWith("s.patience: expected 2s")
        .hasMessageContaining("found 500ms (its default: it is not set here)");
  }

  @Test
  void equalValuesAgreeHoweverTheyAreWritten() {
    registry.put("settings/s.patience", Registry.utf8("0.5s"));

    member(true, 4096).agree(PATIENCE);
  }

  @Test
  void aValueOfANewerVersionIsADisagreement() {
    registry.put("settings/s.guarded", Registry.utf8("partly"));

    assertThatThrownBy(() -> member(true, 4096).agree(GUARDED))
        .hasMessageContaining("expected partly");
  }

  @Test
  void followersHearTheClustersValueAndThenTheirOwnAgain() {
    SharedSettings one = member(true, 4096);
    SharedSettings two = member(true, 8192);
    List<Long> first = new ArrayList<>();
    List<Long> second = new ArrayList<>();
    one.follow(ROOM, first::add);
    two.follow(ROOM, second::add);

    one.set("s.room", "16 KiB").join();
    one.set("s.room", "16384").join();
    registry.put("settings/s.room.other", Registry.utf8("1024"));
    two.unset("s.room").join();
    two.unset("s.room").join();

    assertThat(first).containsExactly(4096L, 16384L, 4096L);
    assertThat(second).containsExactly(8192L, 16384L, 8192L);
  }

  @Test
  void whatIsThereAlreadyHoldsFromTheBeginning() {
    registry.put("settings/s.room", Registry.utf8("2KiB"));
    List<Long> heard = new ArrayList<>();

    member(true, 4096).follow(ROOM, heard::add);

    assertThat(heard).containsExactly(2048L);
  }

  @Test
  void aValueThatIsNotUnderstoodOrAnEffectThatFailsDoesNotStopTheLog() {
    SharedSettings one = member(true, 4096);
    List<Long> heard = new ArrayList<>();
    one.follow(
        ROOM,
        room -> {
          if (room == 2048) throw new IllegalStateException("no");
          heard.add(room);
        });

    registry.put("settings/s.room", Registry.utf8("huge"));
    one.set("s.room", "2KiB").join();
    one.set("s.room", "3KiB").join();

    assertThat(heard).containsExactly(4096L, 3072L);
  }

  @Test
  void viewsTellTheClustersValueAndThisMembersOwn() {
    SharedSettings one = member(true, 4096);
    one.agree(GUARDED);

    assertThat(one.all().join().stream().map(v -> v.setting().name() + "=" + v.value()))
        .containsExactly("s.guarded=true", "s.patience=500ms", "s.room=4KiB");
    ClusterSettings.View set = one.set("s.room", "1MiB").join();
    assertThat(set.cluster()).contains("1MiB");
    assertThat(set.own()).isEqualTo("4KiB");
    assertThat(one.get("s.room").join()).isEqualTo(set);
    assertThat(one.unset("s.room").join().cluster()).isEmpty();
  }

  @Test
  void whatMayNotBeChangedIsRefusedByNameWithWhatToDo() {
    SharedSettings one = member(true, 4096);

    MusterException never = failure(one.set("s.guarded", "false"));
    assertThat(never.code()).isEqualTo(ErrorCode.CLUSTER_SETTING_FIXED);
    assertThat(never)
        .hasMessageContaining("s.guarded: cannot be changed")
        .hasMessageContaining("found a new cluster");
    assertThat(failure(one.unset("s.patience")))
        .hasMessageContaining("s.patience: cannot be taken back")
        .hasMessageContaining("set the one they shall have");
    assertThat(one.set("s.patience", "2000").join().cluster()).contains("2s");
  }

  @Test
  void mistakesNameWhatWasExpected() {
    SharedSettings one = member(true, 4096);

    MusterException range = failure(one.set("s.room", "2MiB"));
    assertThat(range.code()).isEqualTo(ErrorCode.SETTING_INVALID);
    assertThat(range)
        .hasMessage(
            "s.room: expected a size from 1KiB to 1MiB, such as 64KiB or 10MiB, found '2MiB'");
    MusterException unknown = failure(one.get("s.rom"));
    assertThat(unknown.code()).isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(unknown).hasMessageContaining("'s.rom'").hasMessageContaining("s.patience, s.room");
  }

  @Test
  void withoutAMajorityNothingIsClaimed() {
    SharedSettings one = member(true, 4096);
    registry.instead = Optional.of(new Outcome.NoQuorum("alone"));
    assertThat(failure(one.set("s.room", "2KiB")).code()).isEqualTo(ErrorCode.NO_QUORUM);
    registry.instead = Optional.of(new Outcome.Unknown("late"));

    MusterException unknown = failure(one.set("s.room", "2KiB"));

    assertThat(unknown.code()).isEqualTo(ErrorCode.LINK_TIMEOUT);
    assertThat(unknown).hasMessageContaining("may have been changed or not (late)");
  }
}
