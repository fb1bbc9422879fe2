package io.muster.gateway;

import io.muster.kernel.Lane;
import java.time.Duration;
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

  /// Closes the listeners at once, and each connection at a moment by chance within `over` and a
  /// second, when what its client asked for is answered. Returns at once; [#open] opens the door
  /// again.
  void drain(Duration over);

  /// Changes how many clients may be connected, `gateway.connections_max`, for those that come from
  /// now on; nobody who is connected is sent away. Any thread.
  void connectionsMax(int connections);

  /// Changes how many bytes may wait for one client, `gateway.queue_bytes_max`, for all
  /// connections: one behind which more waits is closed when it is sent to next. Any thread.
  void queueBytesMax(long bytes);

  GatewayView view();

  /// Any thread.
  GuardView guard();

  @Override
  void close();
}
