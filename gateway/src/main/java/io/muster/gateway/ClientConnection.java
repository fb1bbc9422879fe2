package io.muster.gateway;

import io.muster.kernel.Lane;
import java.net.InetSocketAddress;
import java.util.Map;

/// One WebSocket connection of a client. All methods on its lane unless said otherwise.
public interface ClientConnection {
  Lane lane();

  InetSocketAddress remote();

  /// The request target of the upgrade, query included.
  String url();

  /// Headers of the upgrade request, names in lower case.
  Map<String, String> headers();

  boolean tls();

  /// Queues one text frame with its own bytes; flushed once per turn of the lane.
  ///
  /// @return false when the connection has gone or was ended because its queue is full (slow
  ///     consumer)
  boolean send(byte[] utf8);

  /// Queues a frame that other connections of this lane may get as well: encoded and framed once by
  /// [Frames].
  boolean send(Frame frame);

  /// Where shared frames of this lane are built.
  Frames frames();

  /// Stops or resumes reading, for back-pressure.
  void reading(boolean on);

  /// Closes after what is queued has been written, with a WebSocket status and a short reason.
  void close(int status, String reason);

  /// Whether the connection still takes frames.
  boolean open();
}
