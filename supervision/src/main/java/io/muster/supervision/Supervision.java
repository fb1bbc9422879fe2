package io.muster.supervision;

import io.muster.spi.balance.Balancer;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.balance.BalancerId;
import io.muster.supervision.balance.BalancerView;
import io.muster.supervision.notify.Silence;
import io.muster.supervision.notify.SinkView;
import io.muster.supervision.trigger.Occurrence;
import io.muster.supervision.trigger.RunView;
import io.muster.supervision.trigger.TriggerView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// The face of supervision: clusters of services, how they are, and what operators do with them.
/// Safe on any thread; never blocks.
///
/// Futures fail with a `MusterException`: `cluster_not_found`, `node_not_found`, `node_invalid`,
/// `node_exists`, `node_conflict` when nothing was done, `no_quorum` when nothing was done because
/// no majority answers, `link_timeout` when nobody knows: repeating is harmless. They complete when
/// the change is in the log, with the index.
public interface Supervision {
  /// All clusters by name, with their targets.
  List<ClusterView> clusters();

  Optional<ClusterView> cluster(String name);

  /// Inserts a target.
  ///
  /// @param node its definition: `addr`, and what else it has
  CompletableFuture<Long> insert(String cluster, JsonValue node);

  /// Sets attributes of a target; JSON null takes one away.
  CompletableFuture<Long> update(String cluster, String addr, Map<String, JsonValue> attributes);

  /// Deletes a target. One that a file lists comes back when it is inserted again, or when the file
  /// has been changed and is loaded anew.
  CompletableFuture<Long> delete(String cluster, String addr);

  /// Gives a target no new clients; those it has may stay.
  ///
  /// @param limit after which it is disabled; zero for as long as nobody ends it
  CompletableFuture<Long> drain(String cluster, String addr, String reason, Duration limit);

  CompletableFuture<Long> undrain(String cluster, String addr);

  /// Takes a target out of traffic while somebody works on it.
  ///
  /// @param by who
  /// @param limit after which it comes back; zero for as long as nobody ends it
  CompletableFuture<Long> maintain(
      String cluster, String addr, String reason, String by, Duration limit);

  CompletableFuture<Long> endMaintenance(String cluster, String addr);

  /// The last verdicts about a target, the newest first.
  List<Past> history(String cluster, String addr);

  /// What a file's clusters would change, and changes it.
  ///
  /// @param dry whether to look only
  CompletableFuture<Reloaded> reload(boolean dry);

  /// Triggers of this member, with what they did.
  List<TriggerView> triggers();

  /// The last runs of triggers, the newest first: all of this member, and those that others
  /// recorded.
  ///
  /// @param limit from 1
  List<RunView> runs(int limit);

  /// Whom this member tells of what happens.
  List<SinkView> sinks();

  /// Silences that hold or did, as this member knows.
  List<Silence> silences();

  /// Begins a silence for all members, or changes the one of that id. Repeating is harmless.
  CompletableFuture<Void> silence(Silence silence);

  /// Ends a silence; repeating is harmless.
  CompletableFuture<Void> unsilence(String id);

  /// The balancers of this member.
  List<BalancerView> balancers();

  /// Asks a balancer of this member how it is now; fails with `not_found`, or with a
  /// [io.muster.spi.balance.BalancerException] when it does not answer.
  CompletableFuture<Balancer.Look> look(BalancerId id);

  /// Tells of what happens from now on, in the order of the log, on supervision's loop: hand off at
  /// once what takes long.
  AutoCloseable observe(Consumer<Occurrence> observer);

  /// A verdict of before.
  ///
  /// @param at when, by the judge's clock, in milliseconds since 1970
  record Past(
      long index,
      long term,
      long at,
      Health state,
      Map<String, Health> ballot,
      List<String> errors,
      List<String> warnings) {}

  /// What loading the settings anew did, or would do.
  ///
  /// @param inserted targets that the file lists and the cluster had not
  /// @param deleted targets that the file lists no more
  /// @param updated targets of which the file says something else than before
  /// @param kept differences that stay because somebody changed them while the cluster ran, in
  ///     words
  /// @param changed clusters of which checks, votes, triggers or balancers changed on this member
  record Reloaded(
      boolean dry,
      List<String> inserted,
      List<String> deleted,
      List<String> updated,
      List<String> kept,
      List<String> changed) {}
}
