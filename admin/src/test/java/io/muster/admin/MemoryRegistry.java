package io.muster.admin;

import io.muster.registry.Outcome;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.registry.RegistryBatch.Condition;
import io.muster.registry.RegistryBatch.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// A registry of one member, in memory; watchers are told on the caller's thread.
final class MemoryRegistry implements Registry {
  private final TreeMap<String, byte[]> keys = new TreeMap<>();
  private final Map<Consumer<List<Change>>, String> watchers = new java.util.LinkedHashMap<>();
  private long index;

  @Override
  public synchronized CompletableFuture<Optional<byte[]>> get(String key) {
    return CompletableFuture.completedFuture(Optional.ofNullable(keys.get(key)));
  }

  @Override
  public synchronized Map<String, byte[]> local(String prefix) {
    return new TreeMap<>(keys.subMap(prefix, prefix + Character.MAX_VALUE));
  }

  @Override
  public synchronized CompletableFuture<Outcome> put(String key, byte[] value) {
    change(new RegistryBatch().put(key, value));
    return CompletableFuture.completedFuture(new Outcome.Committed(++index, new byte[0]));
  }

  @Override
  public synchronized CompletableFuture<byte[]> putIfAbsent(String key, byte[] value) {
    if (!keys.containsKey(key)) change(new RegistryBatch().put(key, value));
    return CompletableFuture.completedFuture(keys.get(key));
  }

  @Override
  public synchronized CompletableFuture<Outcome> remove(String key) {
    change(new RegistryBatch().remove(key));
    return CompletableFuture.completedFuture(new Outcome.Committed(++index, new byte[0]));
  }

  private boolean holds(Condition c) {
    return switch (c) {
      case Condition.Present p -> keys.containsKey(p.key());
      case Condition.Absent a -> !keys.containsKey(a.key());
      case Condition.Same s -> Arrays.equals(s.value(), keys.get(s.key()));
    };
  }

  @Override
  public synchronized CompletableFuture<Boolean> change(RegistryBatch batch) {
    if (!batch.conditions().stream().allMatch(this::holds)) {
      return CompletableFuture.completedFuture(false);
    }
    List<Change> changes = new ArrayList<>();
    for (Step step : batch.steps()) {
      switch (step) {
        case Step.Put p -> {
          keys.put(p.key(), p.value());
          changes.add(new Change(p.key(), p.value()));
        }
        case Step.Remove r -> {
          if (keys.remove(r.key()) != null) changes.add(new Change(r.key(), null));
        }
        case Step.RemoveAll all -> {
          for (String key : local(all.prefix()).keySet()) {
            keys.remove(key);
            changes.add(new Change(key, null));
          }
        }
      }
    }
    watchers.forEach(
        (watcher, prefix) ->
            watcher.accept(changes.stream().filter(c -> c.key().startsWith(prefix)).toList()));
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public synchronized AutoCloseable watch(String prefix, Consumer<List<Change>> watcher) {
    watchers.put(watcher, prefix);
    return () -> {
      synchronized (this) {
        watchers.remove(watcher);
      }
    };
  }
}
