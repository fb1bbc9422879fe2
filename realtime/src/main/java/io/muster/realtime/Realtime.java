package io.muster.realtime;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import java.util.List;
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

  /// Asks all members for their last kept publications, so that [#resume] knows what there is;
  /// needs no lane.
  ///
  /// @return completes on any thread: whether all answered within `realtime.interest_timeout`
  CompletableFuture<Boolean> catchUp();

  /// Adds a subscription as [#subscribe] does, from a position on: what it missed is answered, and
  /// what comes from now on is delivered. Neither twice, and nothing between them is left out. On
  /// the subscriber's lane, which hands on what is missed before anything else.
  ///
  /// @param since what a publication or an answer said; null to begin now
  /// @param caughtUp what [#catchUp] answered, asked after the subscriber came
  Resumed resume(Subscription subscription, @Nullable String since, boolean caughtUp);

  /// Tells other members that this one will not publish any more, so that they need not doubt that
  /// they have all of it. Clients must have gone.
  ///
  /// @return completes when they know, or did not answer in time
  CompletableFuture<Void> retire();

  /// The streams to and from each other member.
  List<StreamView> streams();

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

  /// A subscription from a position on.
  ///
  /// @param recovered whether `missed` is all that it missed
  /// @param reason why not: `unknown` (no position of this cluster, or a member cannot be asked),
  ///     `too_old` (some of it is not kept any more), `epoch_changed` (a member failed, and its
  ///     last publications may be missing), `no_history` (`realtime.history` does not cover the
  ///     pattern); empty when recovered, and for one that begins now
  /// @param missed in order, each with its position
  /// @param position where live events begin, for the next time
  /// @param effective as [#subscribe] answers
  record Resumed(
      boolean recovered,
      String reason,
      List<Publication> missed,
      String position,
      @Nullable CompletableFuture<Void> effective) {}

  /// The streams to and from one other member, since it is known.
  ///
  /// @param live whether both ends have agreed where to go on, over a link that is up
  /// @param interests patterns that somebody there wants events of
  /// @param next the number of the next item to it
  /// @param acknowledged all items to it up to here have arrived
  /// @param keptBytes of what may have to be sent again
  /// @param givenUp items not acknowledged that had to be forgotten
  /// @param sentAgain items sent again because some were missing
  /// @param resynchronised how often it had to start anew, without what was given up
  /// @param expected the number of the next item from it; 0 before it has said where it is
  /// @param received publications from it
  /// @param lost items from it that it could not send again
  /// @param deferred messages from it put off because lanes here had too much to do
  /// @param putOff whether that is so now
  record StreamView(
      MemberId member,
      Address address,
      boolean live,
      int interests,
      long next,
      long acknowledged,
      long keptBytes,
      long givenUp,
      long sentAgain,
      long resynchronised,
      long expected,
      long received,
      long lost,
      long deferred,
      boolean putOff) {}

  /// Counters since start and sizes now.
  ///
  /// @param waiting bytes of publications that wait for lanes now
  /// @param deferred messages of members put off because a lane had too much to do; they come again
  /// @param kept publications kept for clients that come back
  /// @param keptBytes what they take
  /// @param resumed subscriptions that got all they missed
  /// @param refused subscriptions that had to begin anew
  record RealtimeView(
      long subscriptions,
      long publications,
      long deliveries,
      long received,
      long repaired,
      long lost,
      long waiting,
      long deferred,
      long kept,
      long keptBytes,
      long resumed,
      long refused) {
    /// Before anything has happened.
    public static final RealtimeView NONE = new RealtimeView(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
