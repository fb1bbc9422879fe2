package io.muster.registry;

import java.io.IOException;
import java.nio.file.Path;

/// The state machine of one consensus group. Called by one engine thread, but for [#save].
public interface ReplicatedState {
  /// The index of the last entry that was applied; entries up to it are not applied again. After a
  /// crash it may be less, as far back as the last snapshot: the log brings the rest.
  long appliedIndex();

  /// Applies one entry's commands, atomically with the new applied index.
  ///
  /// @return one result per command, handed to whoever proposed it
  /// @throws RuntimeException only when the state can no longer be trusted: the replica stops
  byte[][] apply(long index, byte[][] commands);

  /// Writes a consistent snapshot into an empty directory: the state as it is between two entries.
  /// Called on any thread, also while entries are applied and other snapshots are written.
  ///
  /// @return the index of the last entry that is in it
  long save(Path directory) throws IOException;

  /// Replaces the whole state by a snapshot.
  void load(Path directory) throws IOException;
}
