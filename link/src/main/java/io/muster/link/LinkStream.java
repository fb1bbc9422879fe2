package io.muster.link;

import java.util.concurrent.CompletableFuture;

/// One direction-neutral byte stream on a link: both ends may write until they finish.
public interface LinkStream {
  /// Writes a chunk (split as needed); completes when credit allowed it onto the link. Await before
  /// writing more.
  CompletableFuture<Void> write(byte[] chunk);

  /// Ends this side in good order.
  void finish();

  /// Ends both sides at once; the receiver's `failed` gets `reason`.
  void abort(String reason);

  /// What arrives. Called on the link's I/O thread, in order; credit is returned when the future of
  /// `chunk` completes.
  interface Receiver {
    CompletableFuture<Void> chunk(byte[] chunk);

    void finished();

    void failed(String reason);
  }
}
