package io.muster.link;

import io.muster.kernel.Address;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/// All authenticated links of this member: one port, one handshake, many channels on each link.
///
/// A link is symmetrical: whoever dialled, both ends may call and send. One link per pair of
/// members is used; when both dialled at once, both use the one dialled by the smaller member id.
///
/// **Threads.** Handlers and observers run on the link's I/O thread and must not block; futures
/// complete there too. **Priority.** Each channel has a queue of its own and large payloads go in
/// chunks, so a bulky channel delays another by one chunk at most, and never a ping. **Bounds.**
/// Each link queues at most `link.queue_bytes_max`; beyond it `send` answers false and `call` fails
/// with [io.muster.kernel.ErrorCode#OVERLOADED]. Streams have bounds of their own: 64 of each side,
/// with at most 16 MiB on a link that came and nobody read, and 8 MiB to be sent. What is larger
/// than a frame, or of unknown size, travels on a [LinkStream].
public interface Links extends AutoCloseable {
  /// Begins to listen; handlers must be registered before.
  void start();

  /// Where this member listens: the bound port, also when port 0 was asked for.
  Address listening();

  void onCall(LinkChannel channel, CallHandler handler);

  void onMessage(LinkChannel channel, MessageHandler handler);

  /// Tells of links that come up and go down; the returned handle ends it.
  AutoCloseable observe(LinkObserver observer);

  /// Keeps a link to `peer` up, with back-off between attempts, until [#forget].
  void keep(Address peer);

  /// Ends the link to `peer` with GOAWAY and stops dialling it.
  void forget(Address peer, String reason);

  /// The peers linked now.
  Collection<LinkPeer> peers();

  /// Whether a link to `peer` is up now.
  boolean linked(Address peer);

  /// Asks `peer` (its advertised address) and awaits the answer; dials if no link is up.
  ///
  /// Fails with a MusterException: `link_unreachable` (not sent), `link_lost` or `link_timeout`
  /// (may have been handled), `link_refused` (the handler failed; message included).
  CompletableFuture<byte[]> call(
      Address peer, LinkChannel channel, byte[] request, Duration timeout);

  /// Sends one message, in order per peer and channel while the link lives; lost with the link.
  ///
  /// @return false when no link is up or its queue is full: nothing was sent
  boolean send(Address peer, LinkChannel channel, byte[] message);

  /// Serves the streams that peers open for `service`; each on a virtual thread of its own.
  ///
  /// @param service 1 to 64 of `a-z 0-9 . _ -`
  void onStream(String service, StreamHandler handler);

  /// Opens a stream to `peer` (its advertised address); dials if no link is up. Returns before the
  /// peer has heard of it: that nobody serves it, or that the peer has too many streams, is told by
  /// the first read or write. Blocks: never on a lane or an I/O thread.
  ///
  /// @param head what the service is asked, up to 16 KiB
  /// @param limit longest wait for the link
  /// @throws io.muster.kernel.MusterException `link_unreachable` (also for this member itself),
  ///     `link_streams_unsupported` when the peer's version knows no streams, `overloaded` when
  ///     this member has 64 streams to the peer open; nothing was sent
  LinkStream open(Address peer, String service, byte[] head, Duration limit);

  @Override
  void close();

  /// Answers calls. A failed future or a thrown exception reaches the caller as `link_refused` with
  /// the message.
  @FunctionalInterface
  interface CallHandler {
    CompletableFuture<byte[]> handle(LinkPeer from, byte[] request);
  }

  /// Serves streams. May block; is interrupted when the links close.
  ///
  /// A return ends the stream's own direction and closes it; an exception resets it, with the code
  /// and message of a MusterException, else as `link_refused` with the message.
  @FunctionalInterface
  interface StreamHandler {
    void handle(LinkStream stream) throws Exception;
  }

  @FunctionalInterface
  interface MessageHandler {
    void handle(LinkPeer from, byte[] message);
  }

  /// Sees links come and go, each peer's events in order.
  interface LinkObserver {
    void up(LinkPeer peer);

    /// @param reason a short text for logs, such as `closed by peer`, `ping timeout`, `goaway:
    ///     leaving`
    void down(LinkPeer peer, String reason);

    /// A dial did not succeed.
    ///
    /// @param refused whether the machine answered that nobody listens there: the process is gone
    default void unreachable(Address peer, boolean refused) {}
  }
}
