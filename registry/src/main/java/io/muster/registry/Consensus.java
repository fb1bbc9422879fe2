package io.muster.registry;

import io.muster.kernel.Address;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// One replicated log with a state machine on each replica: the port behind which the consensus
/// engine can be exchanged.
///
/// All methods are safe on any thread and never block. Proposals given by one thread are ordered as
/// given. Small proposals that wait together share one log entry, so that a thousand small writes
/// cost few disk forces.
public interface Consensus extends AutoCloseable {
  /// Appends a command; forwarded to the leader when this replica does not lead. A command must be
  /// idempotent by its content or carry an id that the state machine remembers, since
  /// [Outcome.Unknown] invites a retry.
  CompletableFuture<Outcome> propose(byte[] command);

  /// Completes when the local state reflects every command committed before this call (linearizable
  /// read). Barriers that wait together share one round; a leader with a valid lease answers at
  /// once. Fails with a MusterException `no_quorum`.
  CompletableFuture<Void> readBarrier();

  /// Whether [#readBarrier] would succeed now without waiting: this replica leads and its lease is
  /// valid. Lets a hot path read without a future.
  boolean canReadNow();

  View view();

  /// Changes of role or leader, in order, on an engine thread: hand off at once.
  AutoCloseable observe(Consumer<View> observer);

  /// Hands leadership to another voter; completes when this replica no longer leads or there is
  /// nobody to take it.
  CompletableFuture<Void> transferLeadership();

  @Override
  void close();

  /// What is known of the group.
  ///
  /// @param leader absent while there is none
  /// @param quorum whether a leader is known and was heard within its lease
  /// @param failure why this replica has stopped for good (its disk, mostly); empty while it works
  record View(
      String group,
      Role role,
      long term,
      Optional<Address> leader,
      boolean quorum,
      long committed,
      long applied,
      List<Address> voters,
      List<Address> learners,
      String failure) {
    /// This replica's part.
    public enum Role {
      LEADER,
      FOLLOWER,
      CANDIDATE,
      LEARNER,
      NONE
    }
  }
}
