package io.muster.gateway;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A protocol that clients speak behind the door; several share each port and are told apart by
/// path.
public interface ClientProtocol {
  /// Short and stable, for logs and metrics.
  String name();

  /// Whether a WebSocket upgrade of `path` (without query) is for this protocol.
  boolean webSocket(String path);

  /// A WebSocket connection was accepted; called on its lane. The session lives until `closed`.
  Session open(ClientConnection connection);

  /// Answers a plain HTTP request, or null when its path is not this protocol's. Must not block;
  /// the answer's future may complete on any thread.
  @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask);

  /// Answers a request whose path no protocol took, or null when it has nothing to say either:
  /// then it is 404. As [#http].
  default @Nullable CompletableFuture<HttpAnswer> unclaimed(HttpAsk ask) {
    return null;
  }

  /// What a session of this member listens to, the oldest first. On any thread; completes on a
  /// lane.
  ///
  /// @return empty when this protocol has no such session
  default CompletableFuture<Optional<List<Listening>>> listening(String session) {
    return CompletableFuture.completedFuture(Optional.empty());
  }

  /// The door closes: whatever the protocol does by itself ends, before the lanes end. Connections
  /// end by their own `closed`.
  default void close() {}

  /// One connection's conversation; all calls on the connection's lane.
  interface Session {
    /// A whole text message, valid UTF-8; `payload` is the callee's to keep.
    void text(byte[] payload);

    /// A binary message.
    void binary(byte[] payload);

    /// A message that is one too many: the client sends faster than it may. It can be told so; the
    /// connection is closed next.
    ///
    /// @param payload valid UTF-8; not to be acted on
    /// @param why what the bound is
    default void excess(byte[] payload, String why) {}

    /// Whether everything that the client has asked for is answered.
    default boolean quiet() {
      return true;
    }

    /// The connection has ended, for whatever reason; nothing follows.
    void closed();
  }
}
