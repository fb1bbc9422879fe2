package io.muster.supervision.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.core.FileDifference;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.StateCodec.PoolRecord;
import io.muster.supervision.core.SupervisionKeys;
import io.muster.supervision.core.TargetRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the node lists of a member's file into the registry: at the first start of a cluster, and
/// whenever an operator loads the file anew. Safe on any thread.
final class FileNodes {
  private static final Logger log = LoggerFactory.getLogger(FileNodes.class);
  private static final int STEPS_MAX = 5000;
  private final Registry registry;
  private final TimeSource time;
  private final String name;

  FileNodes(Registry registry, TimeSource time, String name) {
    this.registry = registry;
    this.time = time;
    this.name = name;
  }

  private static Map<String, JsonValue.Obj> definitions(PoolSettings pool) {
    Map<String, JsonValue.Obj> all = new LinkedHashMap<>();
    pool.nodes().forEach(n -> all.put(n.addr(), TargetWriter.canonical(n)));
    return all;
  }

  private Map<String, TargetRecord> there(String cluster) {
    Map<String, TargetRecord> all = new LinkedHashMap<>();
    String prefix = SupervisionKeys.TARGET + cluster + "/";
    registry
        .local(prefix)
        .forEach(
            (key, value) -> {
              try {
                all.put(key.substring(prefix.length()), StateCodec.target(value));
              } catch (IllegalArgumentException e) {
                log.error("target_unreadable key={} reason=\"{}\"", key, e.getMessage());
              }
            });
    return all;
  }

  /// Enters a cluster that nobody has entered; where somebody has, its list holds, and a file that
  /// says otherwise is told about.
  CompletableFuture<Void> seed(PoolSettings pool) {
    return registry
        .get(SupervisionKeys.pool(pool.name()))
        .thenCompose(
            there -> {
              if (there.isPresent()) {
                FileDifference d =
                    FileDifference.of(pool.name(), definitions(pool), there(pool.name()));
                if (!d.nothing()) {
                  log.warn(
                      "cluster_differs_from_file cluster={} inserted={} updated={} deleted={}"
                          + " remedy=\"the cluster's list holds; `muster reload` takes the file's"
                          + " in\"",
                      pool.name(),
                      d.inserted().keySet(),
                      d.updated().keySet(),
                      d.deleted());
                }
                return CompletableFuture.completedFuture(null);
              }
              return found(pool);
            });
  }

  private CompletableFuture<Void> found(PoolSettings pool) {
    List<RegistryBatch> batches = new ArrayList<>();
    RegistryBatch batch = new RegistryBatch().onlyIfAbsent(SupervisionKeys.pool(pool.name()));
    int steps = 0;
    for (Map.Entry<String, JsonValue.Obj> e : definitions(pool).entrySet()) {
      if (steps++ == STEPS_MAX) {
        batches.add(batch);
        batch = new RegistryBatch().onlyIfAbsent(SupervisionKeys.pool(pool.name()));
        steps = 1;
      }
      TargetId id = new TargetId(pool.name(), e.getKey());
      batch.put(SupervisionKeys.target(id), StateCodec.target(TargetRecord.ofFile(e.getValue())));
    }
    batch.put(
        SupervisionKeys.pool(pool.name()),
        StateCodec.pool(new PoolRecord(1, name, time.now().toEpochMilli())));
    batches.add(batch);
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (RegistryBatch b : batches) {
      all = all.thenCompose(_ -> registry.decide(b)).thenAccept(_ -> {});
    }
    return all;
  }

  /// What loading a cluster's list anew would change, after a barrier.
  CompletableFuture<FileDifference> look(PoolSettings pool) {
    return registry
        .get(SupervisionKeys.pool(pool.name()))
        .thenApply(_ -> FileDifference.of(pool.name(), definitions(pool), there(pool.name())));
  }

  /// Takes the list in.
  CompletableFuture<FileDifference> load(PoolSettings pool) {
    String key = SupervisionKeys.pool(pool.name());
    return registry
        .get(key)
        .thenCompose(
            before -> {
              long revision = before.map(StateCodec::pool).map(PoolRecord::revision).orElse(0L);
              Map<String, TargetRecord> there = there(pool.name());
              FileDifference d = FileDifference.of(pool.name(), definitions(pool), there);
              if (d.nothing() && before.isPresent()) {
                return CompletableFuture.completedFuture(d);
              }
              RegistryBatch batch = new RegistryBatch().onlyIfStill(key, before.orElse(null));
              batch.put(
                  key,
                  StateCodec.pool(new PoolRecord(revision + 1, name, time.now().toEpochMilli())));
              d.inserted().forEach((id, r) -> put(batch, id, r));
              d.updated().forEach((id, r) -> put(batch, id, r));
              d.deleted().forEach(id -> TargetWriter.gone(batch, id));
              return registry
                  .decide(batch)
                  .thenApply(
                      decision -> {
                        if (decision.held()) return d;
                        throw new MusterException(
                            ErrorCode.NODE_CONFLICT,
                            "somebody else loaded the list of '" + pool.name() + "' meanwhile");
                      });
            });
  }

  private static void put(RegistryBatch batch, TargetId id, TargetRecord record) {
    batch.put(SupervisionKeys.target(id), StateCodec.target(record));
  }
}
