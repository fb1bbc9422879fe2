package io.muster.registry.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.Consensus;
import io.muster.registry.ConsensusGroups;
import io.muster.registry.Outcome;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.registry.driver.KeyValueState.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// [Registry] over the group `meta`.
public final class GroupRegistry implements Registry {
  public static final String GROUP = "meta";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS);
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
    return consensus.readBarrier().thenApply(_ -> state.value(key));
  }

  @Override
  public Map<String, byte[]> local(String prefix) {
    Map<String, byte[]> found = new TreeMap<>();
    state.below(prefix).forEach((key, held) -> found.put(key, held.value()));
    return found;
  }

  @Override
  public Map<String, Held> held(String prefix) {
    return new TreeMap<>(state.below(prefix));
  }

  @Override
  public CompletableFuture<Outcome> put(String key, byte[] value) {
    return consensus.propose(KeyValueState.command(Kind.PUT, key, value));
  }

  /// A member that starts depends on it: it is repeated while leaders change.
  @Override
  public CompletableFuture<byte[]> putIfAbsent(String key, byte[] value) {
    byte[] command = KeyValueState.command(Kind.PUT_IF_ABSENT, key, value);
    return repeated(command, System.nanoTime() + PATIENCE.toNanos(), _ -> true)
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

  /// Proposes until it is committed, or an outcome is final, or the time is over. For commands that
  /// may be repeated.
  private CompletableFuture<Outcome> repeated(
      byte[] command, long deadlineNanos, Predicate<Outcome> passing) {
    return consensus
        .propose(command)
        .thenCompose(
            outcome -> {
              boolean again =
                  !(outcome instanceof Outcome.Committed)
                      && passing.test(outcome)
                      && System.nanoTime() - deadlineNanos < 0;
              if (!again) return CompletableFuture.completedFuture(outcome);
              return CompletableFuture.supplyAsync(
                      () -> repeated(command, deadlineNanos, passing), LATER)
                  .thenCompose(o -> o);
            });
  }

  @Override
  public CompletableFuture<Outcome> remove(String key) {
    return consensus.propose(KeyValueState.command(Kind.REMOVE, key, new byte[0]));
  }

  @Override
  public CompletableFuture<Decision> decide(RegistryBatch batch) {
    // Whoever asks learns what became of it, where that can be learned by asking once more.
    return repeated(
            BatchCodec.command(batch),
            System.nanoTime() + PATIENCE.toNanos(),
            Outcome.Unknown.class::isInstance)
        .thenApply(
            outcome ->
                switch (outcome) {
                  case Outcome.Committed c -> new Decision(c.result()[0] != 0, c.index());
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
