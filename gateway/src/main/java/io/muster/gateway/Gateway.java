package io.muster.gateway;

import io.muster.kernel.Lane;
import java.util.List;

/// The door itself: lanes from the beginning, listeners only once opened.
public interface Gateway extends AutoCloseable {
  /// The lanes, in order of their index; there before any listener is.
  List<? extends Lane> lanes();

  /// Adds a protocol; before [#open].
  void serve(ClientProtocol protocol);

  /// Binds all ports; clients may come.
  ///
  /// @return the bound ports, in the order of the settings
  /// @throws io.muster.kernel.MusterException `client_port_busy`
  List<Integer> open();

  /// Closes the listeners and all connections in a way that lets clients reconnect elsewhere.
  void drain();

  GatewayView view();

  @Override
  void close();
}
