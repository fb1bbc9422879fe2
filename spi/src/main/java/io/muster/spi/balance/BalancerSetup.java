package io.muster.spi.balance;

import java.nio.file.Path;

/// A balancer with its keys read. Immutable.
public interface BalancerSetup {
  /// What an empty pool means where the user did not say.
  OnEmpty onEmpty();

  /// Opens it for a member; must wait for nobody and start nothing: the first [Balancer#apply]
  /// does.
  Balancer open(Place place);

  /// Where it is opened.
  ///
  /// @param cluster whose targets it balances
  /// @param name of the balancer in its cluster
  /// @param configDirectory of the file that names it: relative paths begin there
  /// @param directory of its own, made on demand, for what is nobody else's
  /// @param onEmpty what an empty pool means
  record Place(
      String cluster, String name, Path configDirectory, Path directory, OnEmpty onEmpty) {}

  /// What happens when no target should get traffic.
  enum OnEmpty {
    /// The last targets stay.
    KEEP,
    /// The balancer has no target: it refuses clients itself.
    REMOVE,
    /// Clients get a page of the balancer's own that says so.
    MAINTENANCE_BACKEND
  }
}
