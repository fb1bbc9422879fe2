package io.muster.admin;

import io.muster.gateway.GatewayView;
import io.muster.membership.Member;
import io.muster.realtime.Realtime;
import io.muster.registry.Consensus;
import io.muster.spi.store.RecordStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// What administration may look at; parts that have not started yet are absent. Safe on any thread.
public interface AdminFaces {
  /// Name, version and where it listens, for `/v1/status`.
  Status status();

  List<Member> members();

  /// Takes a member that will not come back out of the cluster: its vote, its replica, its name.
  CompletableFuture<Void> forget(Member gone);

  List<Consensus.View> groups();

  Optional<RecordStore> store();

  Optional<Realtime> realtime();

  Optional<GatewayView> gateway();

  /// Begins an orderly stop; returns at once.
  void stop();

  /// @param ready whether clients may come and write
  /// @param state the gate's state in words
  record Status(
      String name,
      String id,
      String cluster,
      String version,
      boolean ready,
      String state,
      List<Integer> clientPorts,
      String peers,
      long uptimeMillis) {}
}
