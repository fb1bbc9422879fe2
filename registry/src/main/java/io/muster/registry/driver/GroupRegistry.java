package io.muster.registry.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.Consensus;
import io.muster.registry.ConsensusGroups;
import io.muster.registry.Outcome;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.registry.driver.KeyValueState.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// [Registry] over the group `meta`.
public final class GroupRegistry implements Registry {
  public static final String GROUP = "meta";
  private final KeyValueState state;
  private final Consensus consensus;

  private GroupRegistry(KeyValueState state, Consensus consensus) {
    this.state = state;
    this.consensus = consensus;
  }

  /// Starts the group; completes when it has a leader and this replica has caught up.
  public static CompletableFuture<GroupRegistry> start(ConsensusGroups groups) {
    KeyValueState state = new KeyValueState();
    return groups.start(GROUP, state).thenApply(c -> new GroupRegistry(state, c));
  }

  public Consensus consensus() {
    return consensus;
  }

  @Override
  public CompletableFuture<Optional<byte[]>> get(String key) {
    return consensus.readBarrier().thenApply(_ -> Optional.ofNullable(state.values().get(key)));
  }

  @Override
  public Map<String, byte[]> local(String prefix) {
    return new TreeMap<>(state.below(prefix));
  }

  @Override
  public CompletableFuture<Outcome> put(String key, byte[] value) {
    return consensus.propose(KeyValueState.command(Kind.PUT, key, value));
  }

  @Override
  public CompletableFuture<byte[]> putIfAbsent(String key, byte[] value) {
    return consensus
        .propose(KeyValueState.command(Kind.PUT_IF_ABSENT, key, value))
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Committed c -> c.result();
                  case Outcome.NotLeader _, Outcome.NoQuorum _, Outcome.Unknown _ ->
                      throw new MusterException(
                          ErrorCode.NO_QUORUM,
                          "the registry did not confirm " + key + ": " + outcome);
                });
  }

  @Override
  public CompletableFuture<Outcome> remove(String key) {
    return consensus.propose(KeyValueState.command(Kind.REMOVE, key, new byte[0]));
  }

  @Override
  public CompletableFuture<Boolean> change(RegistryBatch batch) {
    return consensus
        .propose(BatchCodec.command(batch))
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Committed c -> c.result()[0] != 0;
                  case Outcome.NotLeader _, Outcome.NoQuorum _ ->
                      throw new MusterException(
                          ErrorCode.NO_QUORUM,
                          "nothing was changed: no majority of the members answers");
                  case Outcome.Unknown u ->
                      throw new MusterException(
                          ErrorCode.LINK_TIMEOUT,
                          "it may have been changed or not ("
                              + u.why()
                              + "); repeating is harmless");
                });
  }

  @Override
  public AutoCloseable watch(String prefix, Consumer<List<Change>> watcher) {
    return state.watch(prefix, watcher);
  }
}
