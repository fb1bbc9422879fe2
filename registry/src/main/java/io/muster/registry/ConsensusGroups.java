package io.muster.registry;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// The consensus groups of this member: `meta`, `data-0`, later more. One peer port carries them
/// all.
///
/// Bootstrap follows `registry.seed` and `registry.expect`; later control members join as learners
/// and are promoted once they are registered.
public interface ConsensusGroups extends AutoCloseable {
  /// Starts this member's replica of `group`, with a vote only where this is a control member;
  /// completes when the group has a leader and this replica has caught up with it. Must be
  /// called in the same order on all members.
  CompletableFuture<Consensus> start(String group, ReplicatedState state);

  /// Stops this member's replica of `group`, also one that is starting: when this returns its state
  /// is not called any more, and [#start] fails. Harmless when there is none. For the owner of the
  /// state, who closes it then; blocks until the engine's threads are through.
  void stop(String group);

  /// What is known of the groups that have been started here, in that order.
  List<Consensus.View> views();

  /// Takes the vote and the replica of a member that will not come back from all groups; any member
  /// may ask. Harmless when it has none.
  ///
  /// @return completes when those who lead have been asked; see [Consensus.View] for what came of
  ///     it
  CompletableFuture<Void> forget(Address member);

  /// Tells the groups who is registered at an address: a member whose data is gone must not come
  /// back under a vote it cannot keep, and one that comes later gets a vote only once it is
  /// registered.
  void identify(Function<Address, Optional<MemberId>> registered);

  @Override
  void close();
}
