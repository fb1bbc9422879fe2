package io.muster.node;

import io.muster.gateway.driver.NettyGateway;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MusterException;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;

/// Publishes to clients what the member itself has to say; nothing is stored. Safe on any thread.
final class Announcer {
  private static final String BY = "muster";
  private static final int TRANSACTIONAL = 2;
  private final Realtime realtime;
  private final NettyGateway gateway;
  private final String session = UUID.randomUUID().toString();
  private final AtomicLong publications = new AtomicLong();

  Announcer(Realtime realtime, NettyGateway gateway) {
    this.realtime = realtime;
    this.gateway = gateway;
  }

  /// Blocks until the subscribers of this member have been served.
  ///
  /// @param path of the event, without `*`
  /// @throws MusterException `not_started` when no clients are served here
  void publish(String path, JsonValue data) {
    List<? extends Lane> lanes = gateway.lanes();
    CompletableFuture<Realtime.Published> published = new CompletableFuture<>();
    Publication p = publication(path, JsonText.write(data));
    boolean offered =
        !lanes.isEmpty()
            && lanes
                .getFirst()
                .offer(
                    () -> {
                      try {
                        published.complete(realtime.publish(p));
                      } catch (RuntimeException e) {
                        published.completeExceptionally(e);
                      }
                    });
    if (!offered) throw new MusterException(ErrorCode.NOT_STARTED, "no clients are served here");
    try {
      CompletableFuture<Void> rest = published.join().rest();
      if (rest != null) rest.join();
    } catch (CompletionException e) {
      throw new MusterException(
          ErrorCode.NOT_STARTED, path + " could not be published: " + e.getCause(), e);
    }
  }

  private Publication publication(String path, byte[] data) {
    long number = publications.incrementAndGet();
    return new Publication(
        Action.SET,
        path,
        data,
        null,
        session,
        number,
        0,
        0,
        0,
        TRANSACTIONAL,
        null,
        BY,
        null,
        null,
        false);
  }
}
