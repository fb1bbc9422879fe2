package io.muster.supervision.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.NodeDefinition;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.SupervisionKeys;
import io.muster.supervision.core.TargetRecord;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Changes targets in the registry: read, change, write if nobody else did, and again. Safe on any
/// thread.
final class TargetWriter {
  private static final int TRIES = 5;
  private final Registry registry;

  TargetWriter(Registry registry) {
    this.registry = registry;
  }

  /// Whether the registry knows a cluster.
  private CompletableFuture<Void> known(String cluster) {
    if (cluster.isBlank() || cluster.indexOf('/') >= 0) {
      return CompletableFuture.failedFuture(
          new MusterException(ErrorCode.CLUSTER_NOT_FOUND, "Invalid cluster name"));
    }
    return registry
        .get(SupervisionKeys.pool(cluster))
        .thenAccept(
            found -> {
              if (found.isEmpty()) {
                throw new MusterException(
                    ErrorCode.CLUSTER_NOT_FOUND, "Cluster not found: " + cluster);
              }
            });
  }

  /// @param port of addresses that name none; 0 where they must
  CompletableFuture<Long> insert(String cluster, JsonValue node, int port) {
    NodeDefinition definition;
    try {
      definition = NodeDefinition.of(node, port);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(
          new MusterException(ErrorCode.NODE_INVALID, String.valueOf(e.getMessage()), e));
    }
    TargetId id = new TargetId(cluster, definition.addr());
    JsonValue.Obj canonical = canonical(definition);
    return known(cluster).thenCompose(_ -> inserted(id, canonical, TRIES));
  }

  /// The definition with its address as it is compared.
  static JsonValue.Obj canonical(NodeDefinition definition) {
    LinkedHashMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("addr", new JsonValue.Text(definition.endpoint().text()));
    if (!definition.addr().equals(definition.endpoint().text())) {
      all.put("id", new JsonValue.Text(definition.addr()));
    }
    all.putAll(definition.attributes());
    return new JsonValue.Obj(all);
  }

  private CompletableFuture<Long> inserted(TargetId id, JsonValue.Obj definition, int tries) {
    String key = SupervisionKeys.target(id);
    return registry
        .get(key)
        .thenCompose(
            there -> {
              byte[] before = there.orElse(null);
              TargetRecord old = before == null ? null : StateCodec.target(before);
              if (old != null && !old.deleted()) {
                throw new MusterException(
                    ErrorCode.NODE_EXISTS,
                    "the cluster '" + id.cluster() + "' has a node '" + id.addr() + "' already");
              }
              TargetRecord now = TargetRecord.inserted(definition);
              if (old != null && old.base() != null) {
                // What a file lists is the file's again, with what the new one says above it.
                now = TargetRecord.ofFile(old.base());
                for (Map.Entry<String, JsonValue> e : definition.members().entrySet()) {
                  now = now.with(e.getKey(), e.getValue());
                }
              }
              RegistryBatch batch =
                  new RegistryBatch()
                      .onlyIfStill(key, before)
                      .put(key, StateCodec.target(now))
                      .remove(SupervisionKeys.verdict(id));
              return again(batch, tries, left -> inserted(id, definition, left), id);
            });
  }

  private interface Retry {
    CompletableFuture<Long> again(int left);
  }

  private CompletableFuture<Long> again(RegistryBatch batch, int tries, Retry retry, TargetId id) {
    return registry
        .decide(batch)
        .thenCompose(
            decision -> {
              if (decision.held()) return CompletableFuture.completedFuture(decision.index());
              if (tries > 1) return retry.again(tries - 1);
              throw new MusterException(
                  ErrorCode.NODE_CONFLICT, "the node '" + id.addr() + "' changes all the time");
            });
  }

  /// Changes a target that is there.
  ///
  /// @param verb for messages: `Cannot <verb> "addr"`
  CompletableFuture<Long> change(
      TargetId id, String verb, UnaryOperator<@Nullable TargetRecord> change) {
    return known(id.cluster()).thenCompose(_ -> changed(id, verb, change, TRIES));
  }

  private CompletableFuture<Long> changed(
      TargetId id, String verb, UnaryOperator<@Nullable TargetRecord> change, int tries) {
    String key = SupervisionKeys.target(id);
    return registry
        .get(key)
        .thenCompose(
            there -> {
              TargetRecord old = there.map(StateCodec::target).orElse(null);
              if (old == null || old.deleted()) {
                throw new MusterException(
                    ErrorCode.NODE_NOT_FOUND,
                    "Cannot " + verb + " \"" + id.addr() + "\": node not found");
              }
              TargetRecord now = change.apply(old);
              RegistryBatch batch = new RegistryBatch().onlyIfStill(key, there.orElse(null));
              if (now == null) gone(batch, id);
              else if (now.deleted()) gone(batch, id).put(key, StateCodec.target(now));
              else batch.put(key, StateCodec.target(checked(now)));
              return again(batch, tries, left -> changed(id, verb, change, left), id);
            });
  }

  /// A target that a file lists and somebody deleted.
  static TargetRecord deleted(TargetRecord record) {
    return new TargetRecord(record.base(), Map.of(), true, null, null);
  }

  /// Takes everything about a target away.
  static RegistryBatch gone(RegistryBatch batch, TargetId id) {
    return batch
        .remove(SupervisionKeys.target(id))
        .remove(SupervisionKeys.verdict(id))
        .removeAll(SupervisionKeys.past(id));
  }

  private static TargetRecord checked(TargetRecord record) {
    try {
      record.definition();
      return record;
    } catch (IllegalArgumentException e) {
      throw new MusterException(ErrorCode.NODE_INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  CompletableFuture<Long> update(TargetId id, Map<String, JsonValue> attributes) {
    for (Map.Entry<String, JsonValue> e : attributes.entrySet()) {
      String wrong = wrong(e.getKey(), e.getValue());
      if (!wrong.isEmpty()) {
        return CompletableFuture.failedFuture(new MusterException(ErrorCode.NODE_INVALID, wrong));
      }
    }
    return change(
        id,
        "update",
        record -> {
          TargetRecord now = record;
          for (Map.Entry<String, JsonValue> e : attributes.entrySet()) {
            now = now == null ? null : now.with(e.getKey(), e.getValue());
          }
          return now;
        });
  }

  private static String wrong(String name, JsonValue value) {
    if (name.equals("addr") || name.equals("id")) {
      return name + ": is the node's identity; delete the node and insert another one";
    }
    if (value instanceof JsonValue.Null) return "";
    try {
      NodeDefinition.check(name, value);
      return "";
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  CompletableFuture<Long> delete(TargetId id) {
    return change(
        id,
        "delete",
        record ->
            // A file that lists it must not bring it back with the next start.
            record == null || record.base() == null ? null : deleted(record));
  }
}
