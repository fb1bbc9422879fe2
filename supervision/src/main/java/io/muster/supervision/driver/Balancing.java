package io.muster.supervision.driver;

import io.muster.kernel.TimeSource;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.balance.Pool;
import io.muster.supervision.SupervisionSettings;
import io.muster.supervision.balance.BalancerEvent;
import io.muster.supervision.balance.BalancerId;
import io.muster.supervision.balance.BalancerRunner;
import io.muster.supervision.balance.BalancerTiming;
import io.muster.supervision.balance.BalancerView;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.config.PoolSettings.BalancerPlan;
import io.muster.supervision.core.Pools;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The balancers of this member. A balancer is told which targets are listed as soon as each of
/// them had a verdict, and nothing while this member has no quorum: then the last pool stays.
///
/// Confined to the supervision loop, but for views.
final class Balancing implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Balancing.class);

  private record Running(BalancerPlan plan, BalancerRunner runner) {}

  private final Pools pools;
  private final TimeSource time;
  private final Path configDirectory;
  private final Path directory;
  private final Consumer<BalancerEvent> listener;
  private final Map<BalancerId, Running> running = new ConcurrentSkipListMap<>();
  private final Map<String, List<Pool.Member>> told = new HashMap<>();
  private final Map<String, Long> revisions = new HashMap<>();
  private boolean quorum = true;

  /// @param configDirectory where relative paths begin
  /// @param directory for what balancers keep for themselves
  Balancing(
      Pools pools,
      TimeSource time,
      Path configDirectory,
      Path directory,
      Consumer<BalancerEvent> listener) {
    this.pools = pools;
    this.time = time;
    this.configDirectory = configDirectory;
    this.directory = directory;
    this.listener = listener;
  }

  /// Takes other balancers; those that say the same go on as they are.
  void configure(SupervisionSettings settings) {
    Map<BalancerId, BalancerPlan> wanted = new TreeMap<>();
    for (PoolSettings pool : settings.pools().values()) {
      for (BalancerPlan plan : pool.balancers().values()) {
        wanted.put(new BalancerId(pool.name(), plan.name()), plan);
      }
    }
    for (BalancerId id : List.copyOf(running.keySet())) {
      Running now = running.get(id);
      BalancerPlan plan = wanted.get(id);
      boolean same = now != null && plan != null && plan.source().equals(now.plan.source());
      if (same || now == null) continue;
      running.remove(id);
      Thread.ofVirtual().name("balancer-close").start(now.runner::close);
    }
    wanted.forEach(
        (id, plan) -> {
          if (!running.containsKey(id)) open(id, plan);
        });
  }

  private void open(BalancerId id, BalancerPlan plan) {
    Path own = directory.resolve(id.cluster()).resolve(id.name());
    Balancer balancer =
        plan.setup()
            .open(
                new BalancerSetup.Place(
                    id.cluster(), id.name(), configDirectory, own, plan.onEmpty()));
    BalancerRunner runner =
        new BalancerRunner(
            id,
            plan.type(),
            balancer,
            BalancerTiming.DEFAULT.withCoalesce(plan.coalesce()),
            time,
            listener);
    running.put(id, new Running(plan, runner));
    runner.start();
    List<Pool.Member> known = told.get(id.cluster());
    if (known != null) {
      runner.pool(new Pool(revisions.getOrDefault(id.cluster(), 1L), known));
      runner.hold(!quorum);
    }
    log.info("balancer_opened balancer={} kind={}", id, plan.type());
  }

  /// A cluster's targets may be others now.
  void changed(String cluster) {
    if (!pools.initialized(cluster)) return;
    List<Pool.Member> members = new ArrayList<>();
    for (Pools.Node n : pools.nodes(cluster)) {
      if (n.listed()) members.add(new Pool.Member(n.definition().target(cluster), n.draining()));
    }
    boolean first = !told.containsKey(cluster);
    if (!first && members.equals(told.get(cluster))) return;
    told.put(cluster, members);
    long revision = revisions.merge(cluster, 1L, Long::sum);
    Pool pool = new Pool(revision, members);
    running.forEach(
        (id, r) -> {
          if (!id.cluster().equals(cluster)) return;
          r.runner.pool(pool);
          if (first) r.runner.hold(!quorum);
        });
  }

  /// Whether what is decided can be relied on.
  void quorum(boolean now) {
    quorum = now;
    running.forEach(
        (id, r) -> {
          if (told.containsKey(id.cluster())) r.runner.hold(!now);
        });
  }

  /// Any thread.
  List<BalancerView> views() {
    return running.values().stream().map(r -> r.runner.view()).toList();
  }

  /// Asks a balancer itself; any thread.
  Optional<CompletableFuture<Balancer.Look>> look(BalancerId id) {
    return Optional.ofNullable(running.get(id)).map(r -> r.runner.look());
  }

  @Override
  public void close() {
    running.values().forEach(r -> r.runner.close());
  }
}
