package io.muster.realtime;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Publish and subscribe across the cluster: exactly once per (subscriber, delivery), in order per
/// publisher.
public interface Realtime extends AutoCloseable {
  /// Adds a subscription. Equal ones of one subscriber are counted and served once. Call on the
  /// subscriber's lane.
  ///
  /// @return null when it is effective on every member now; else a future of that moment (a member
  ///     that dies or stays silent beyond `realtime.interest_timeout` is not waited for)
  @Nullable CompletableFuture<Void> subscribe(Subscription subscription);

  /// Takes one count of a subscription back; on the subscriber's lane. No delivery follows its
  /// return.
  void unsubscribe(Subscription subscription);

  /// Delivers to local subscribers and sends to members with interest. On the lane of the
  /// publisher's connection.
  ///
  /// Everything for subscribers of the calling lane has been handed to [Delivery] when this
  /// returns.
  ///
  /// @return what was done so far, with a future while other lanes still work
  Published publish(Publication publication);

  /// What the operator sees.
  RealtimeView view();

  @Override
  void close();

  /// @param successful frames handed over
  /// @param failed subscribers found closed or slow
  /// @param skipped recipients left out by targets or noCluster
  /// @param members to which the publication was sent
  /// @param rest completes when the other lanes have delivered too; null when there is nothing to
  ///     wait for
  record Published(
      int successful,
      int failed,
      int skipped,
      int members,
      @Nullable CompletableFuture<Void> rest) {
    /// Nobody wanted it.
    public static final Published NONE = new Published(0, 0, 0, 0, null);
  }

  /// Counters since start and sizes now.
  record RealtimeView(
      long subscriptions,
      long publications,
      long deliveries,
      long received,
      long repaired,
      long lost) {}
}
