package io.muster.access.driver;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.registry.Consensus;
import io.muster.registry.ConsensusGroups;
import io.muster.registry.Outcome;
import io.muster.registry.ReplicatedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/// A registry's log without disks or network: commands are applied to the state of each member, in
/// order, on the caller's thread.
final class MemoryGroups implements ConsensusGroups {
  private final List<ReplicatedState> members = new ArrayList<>();
  private final List<byte[]> log = new ArrayList<>();

  @Override
  public synchronized CompletableFuture<Consensus> start(String group, ReplicatedState state) {
    for (int i = 0; i < log.size(); i++) state.apply(i + 1, new byte[][] {log.get(i)});
    members.add(state);
    return CompletableFuture.completedFuture(new Replica(state));
  }

  private synchronized byte[] apply(byte[] command, ReplicatedState asked) {
    log.add(command);
    byte[] result = new byte[0];
    for (ReplicatedState m : members) {
      byte[] r = m.apply(log.size(), new byte[][] {command})[0];
      if (m == asked) result = r;
    }
    return result;
  }

  @Override
  public void stop(String group) {}

  @Override
  public List<Consensus.View> views() {
    return List.of();
  }

  @Override
  public CompletableFuture<Void> forget(Address member) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void identify(Function<Address, Optional<MemberId>> registered) {}

  @Override
  public void close() {}

  private final class Replica implements Consensus {
    private final ReplicatedState state;

    Replica(ReplicatedState state) {
      this.state = state;
    }

    @Override
    public CompletableFuture<Outcome> propose(byte[] command) {
      byte[] result = apply(command, state);
      return CompletableFuture.completedFuture(new Outcome.Committed(log.size(), result));
    }

    @Override
    public CompletableFuture<Void> readBarrier() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean canReadNow() {
      return true;
    }

    @Override
    public View view() {
      return new View(
          "meta",
          View.Role.LEADER,
          1,
          Optional.empty(),
          true,
          log.size(),
          log.size(),
          List.of(),
          List.of(),
          "");
    }

    @Override
    public AutoCloseable observe(Consumer<View> observer) {
      return () -> {};
    }

    @Override
    public CompletableFuture<Void> transferLeadership() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}
