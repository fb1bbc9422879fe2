package io.muster.registry;

import java.util.concurrent.CompletableFuture;

/// The consensus groups of this member: `meta`, `data-0`, later more. One peer port carries them
/// all.
///
/// Bootstrap follows `registry.seed` and `registry.expect`; later control members join as learners
/// and are promoted.
public interface ConsensusGroups extends AutoCloseable {
  /// Starts this member's replica of `group`, or a forwarder when this member is not a control
  /// member; completes when the group has a leader and this replica has caught up with it. Must be
  /// called in the same order on all members.
  CompletableFuture<Consensus> start(String group, ReplicatedState state);

  @Override
  void close();
}
