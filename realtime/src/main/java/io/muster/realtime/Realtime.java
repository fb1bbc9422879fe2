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
  /// returns. It never blocks, and what was written must be told: so a lane that has
  /// `realtime.lane_bytes_max` to do takes this publication, too, and the answer says
  /// [Published#crowded]; then the publisher's next publication has to wait for [Published#rest].
  /// What waits is thus bounded by that setting and one publication of each session.
  ///
  /// @return what was done so far, with a future while other lanes still work
  Published publish(Publication publication);

  /// Publishes as [#publish] does, and follows what becomes of it until every recipient on every
  /// member has confirmed ([#acknowledge]) or `realtime.acknowledge_timeout` is over. On the lane
  /// of the publisher's connection.
  ///
  /// @return completes on any thread; fails with `too_many_unacknowledged` when too many wait:
  ///     nothing was published then
  CompletableFuture<Receipt> publishAcknowledged(Publication publication);

  /// A session of this member confirms one delivery. Harmless when nobody waits for it.
  ///
  /// @param publication as frames tell it: the publisher's session, `-`, its eventId
  void acknowledge(String session, String publication);

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
  /// @param crowded whether the publisher must await `rest`, which is there, before its next
  ///     publication
  record Published(
      int successful,
      int failed,
      int skipped,
      int members,
      @Nullable CompletableFuture<Void> rest,
      boolean crowded) {
    /// Nobody wanted it.
    public static final Published NONE = new Published(0, 0, 0, 0, null, false);
  }

  /// Counters since start and sizes now.
  ///
  /// @param waiting bytes of publications that wait for lanes now
  /// @param deferred messages of members put off because a lane had too much to do; they come again
  record RealtimeView(
      long subscriptions,
      long publications,
      long deliveries,
      long received,
      long repaired,
      long lost,
      long waiting,
      long deferred) {}
}
