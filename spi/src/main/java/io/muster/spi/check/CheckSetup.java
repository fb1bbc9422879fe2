package io.muster.spi.check;

/// A check with its keys read. Immutable.
public interface CheckSetup {
  /// The port of addresses that name none, such as 6379; 0 where an address must name one.
  default int defaultPort() {
    return 0;
  }

  /// How many probes of this check run at once in a member, at least 1; others wait for their turn,
  /// and their timeout begins with it. For what costs more than a connection.
  default int concurrent() {
    return Integer.MAX_VALUE;
  }

  /// Opens it for a member; must wait for nobody. One opened check probes all targets of its
  /// cluster.
  Check open(CheckContext context);
}
