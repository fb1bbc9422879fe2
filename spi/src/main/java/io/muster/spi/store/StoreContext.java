package io.muster.spi.store;

import java.nio.file.Path;
import java.util.Optional;

/// What a member tells the store it opens. Valid as long as the store is open; safe on any thread.
public interface StoreContext {
  /// The cluster's name: records of two clusters in one database are kept apart by it.
  String cluster();

  /// This member's name, unique in the cluster.
  String member();

  /// Where this member's store may keep files: it may not exist yet, and nobody else writes there.
  Path directory();

  /// A part of the member itself, by its type, for providers that come with Muster and are built
  /// against its modules.
  ///
  /// @return empty when this release has no such part; providers built against this module alone
  ///     need none
  <T> Optional<T> part(Class<T> type);
}
