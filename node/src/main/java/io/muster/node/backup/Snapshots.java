package io.muster.node.backup;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.driver.GroupRegistry;
import io.muster.registry.driver.RegistrySnapshot;
import io.muster.store.driver.StoreSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// What the files of a group's snapshot hold, by the group's name.
final class Snapshots {
  private static final String SHARD = "data-";

  private Snapshots() {}

  /// @param count of keys or records
  record Content(long index, long count) {}

  /// Reads all of a snapshot, with every checksum in it.
  ///
  /// @throws IOException when it is damaged
  static Content check(String group, Path directory) throws IOException {
    if (group.equals(GroupRegistry.GROUP)) {
      RegistrySnapshot.Content c = RegistrySnapshot.check(directory);
      return new Content(c.index(), c.keys());
    }
    if (group.startsWith(SHARD)) {
      StoreSnapshot.Content c = StoreSnapshot.check(directory);
      return new Content(c.index(), c.records());
    }
    throw new MusterException(
        ErrorCode.BACKUP_INVALID,
        "group " + group + ": expected meta or " + SHARD + "…; made by a later Muster?");
  }

  static void delete(Path root) throws IOException {
    if (!Files.exists(root)) return;
    try (Stream<Path> all = Files.walk(root)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }
}
