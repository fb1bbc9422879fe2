package io.muster.registry.driver;

import io.muster.registry.ReplicatedState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A snapshot of the group `meta` as files, while no member uses it.
public final class RegistrySnapshot {
  private RegistrySnapshot() {}

  /// What is in a snapshot.
  ///
  /// @param index of the last entry in it
  /// @param keys how many there are
  public record Content(long index, long keys) {}

  /// Reads all of it.
  ///
  /// @throws IOException when it is damaged or of an unknown format
  public static Content check(Path directory) throws IOException {
    KeyValueState state = new KeyValueState();
    state.load(directory);
    return new Content(state.appliedIndex(), state.below("").size());
  }

  /// An empty state of `meta`.
  public static ReplicatedState empty() {
    return new KeyValueState();
  }

  /// Strikes all members from the registered: those of another life of the cluster, who must not
  /// hold their places in this one.
  ///
  /// @return how many there were
  public static int strikeMembers(Path directory) throws IOException {
    KeyValueState state = new KeyValueState();
    state.load(directory);
    List<String> members = List.copyOf(state.below(Registrations.PREFIX).keySet());
    members.forEach(state.below("")::remove);
    state.save(directory);
    return members.size();
  }
}
