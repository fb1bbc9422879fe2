package io.muster.admin;

import io.muster.access.Access;
import io.muster.gateway.GatewayView;
import io.muster.kernel.Lane;
import io.muster.link.LinkView;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.realtime.Realtime;
import io.muster.realtime.Topics;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Consensus;
import io.muster.registry.Registry;
import io.muster.spi.store.RecordStore;
import io.muster.supervision.Supervision;
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

  /// Services that are watched; empty before the registry is known.
  default Optional<Supervision> supervision() {
    return Optional.empty();
  }

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

  /// The cluster's secret; empty before members are known.
  default Optional<Secrets> secrets() {
    return Optional.empty();
  }

  /// What happened on this member lately; empty where nobody tells.
  default Optional<EventLog> events() {
    return Optional.empty();
  }

  /// All members at one glance; empty before members are known.
  default Optional<Overviews> overviews() {
    return Optional.empty();
  }

  /// The cluster's registry; empty before it has started.
  default Optional<Registry> registry() {
    return Optional.empty();
  }

  /// The links to other members that are up.
  default List<LinkView> links() {
    return List.of();
  }

  /// The last warnings and errors of the log; always the same object.
  default LogLines logs() {
    return LogLines.NONE;
  }

  /// What can be followed on `/v1/live` beside what every member has; asked once, when
  /// administration starts, before any part has.
  default List<LiveTopic> liveTopics() {
    return List.of();
  }

  /// Begins an orderly stop; returns at once.
  void stop();

  /// Leaves the cluster for good: clients are sent away, then this member gives up its part in all
  /// groups and its registration. It goes on running until [#stop]. Blocks; asked again it goes on
  /// where it ended.
  ///
  /// @param over how long clients may be sent away one by one once it is sure that the member may
  ///     leave; zero sends them away at once
  /// @param limit for giving all of it up
  /// @throws io.muster.kernel.MusterException `leave_refused` and `no_quorum` when nothing was
  ///     done, `leave_incomplete` saying how far it came, `not_started`
  void leave(Duration over, Duration limit);

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
