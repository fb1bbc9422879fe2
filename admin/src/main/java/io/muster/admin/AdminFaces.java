package io.muster.admin;

import io.muster.access.Access;
import io.muster.gateway.GatewayView;
import io.muster.kernel.Lane;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.realtime.Realtime;
import io.muster.realtime.Topics;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Consensus;
import io.muster.spi.store.RecordStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// What administration may look at; parts that have not started yet are absent. Safe on any thread.
public interface AdminFaces {
  /// Name, version and where it listens, for `/v1/status`.
  Status status();

  /// Everybody known, self included; empty before membership has started.
  List<Membership.View> members();

  /// Takes a member that will not come back out of the cluster: its vote, its replica, its name.
  CompletableFuture<Void> forget(Member gone);

  List<Consensus.View> groups();

  /// What the cluster holds for all members.
  Optional<ClusterSettings> settings();

  Optional<RecordStore> store();

  /// Users and rights; empty before they are known.
  Optional<Access> access();

  /// The sessions of all members; empty before users are known.
  Optional<Sessions> sessions();

  Optional<Realtime> realtime();

  /// Messages under topics; also before the member has started, when they are not ready.
  Topics topics();

  /// The lanes on which watchers subscribe and administration publishes; empty before the gateway
  /// has started.
  List<? extends Lane> lanes();

  Optional<GatewayView> gateway();

  /// The clients' door; empty where there is none.
  default Optional<Door> door() {
    return Optional.empty();
  }

  /// Begins an orderly stop; returns at once.
  void stop();

  /// Leaves the cluster for good: clients are sent away, then this member gives up its part in all
  /// groups and its registration. It goes on running until [#stop]. Blocks; asked again it goes on
  /// where it ended.
  ///
  /// @param limit for giving all of it up
  /// @throws io.muster.kernel.MusterException `leave_refused` and `no_quorum` when nothing was
  ///     done, `leave_incomplete` saying how far it came, `not_started`
  void leave(Duration limit);

  /// Sends clients elsewhere and hands over leadership; the member keeps its votes and its
  /// replicas. Blocks until it is done; repeating it is harmless.
  ///
  /// @param over how long clients may be sent away one by one
  /// @throws io.muster.kernel.MusterException `not_started`
  Drained drain(Duration over);

  /// Lets clients come again; harmless when the member is not drained.
  ///
  /// @throws io.muster.kernel.MusterException `client_port_busy`, `not_started`
  Drained undrain();

  /// @param connections clients that are connected still
  /// @param leads groups that nobody else can lead
  record Drained(boolean drained, long connections, List<String> leads) {}

  /// Captures all data of the cluster that is replicated by its members, with everything that was
  /// acknowledged before this call. Blocks.
  ///
  /// @return to be written and closed by the caller
  /// @throws io.muster.kernel.MusterException `no_replica`, `backup_busy`, `no_quorum`,
  ///     `not_started`
  Backup backup();

  /// @param pid of the member's process, as its machine (or container) counts
  /// @param ready whether clients may come and write
  /// @param state the gate's state in words
  record Status(
      String name,
      String id,
      String cluster,
      String version,
      long pid,
      boolean ready,
      String state,
      List<Integer> clientPorts,
      String peers,
      long uptimeMillis) {}
}
