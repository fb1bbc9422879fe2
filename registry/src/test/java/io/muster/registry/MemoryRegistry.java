package io.muster.registry;

import io.muster.registry.RegistryBatch.Condition;
import io.muster.registry.RegistryBatch.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// A registry of one member, in memory, for tests; watchers are told on the caller's thread.
public final class MemoryRegistry implements Registry {
  private final TreeMap<String, Held> keys = new TreeMap<>();
  private final Map<Consumer<List<Change>>, String> watchers = new LinkedHashMap<>();
  private long index;

  private byte[] value(String key) {
    Held held = keys.get(key);
    return held == null ? null : held.value();
  }

  @Override
  public synchronized CompletableFuture<Optional<byte[]>> get(String key) {
    return CompletableFuture.completedFuture(Optional.ofNullable(value(key)));
  }

  @Override
  public synchronized Map<String, byte[]> local(String prefix) {
    Map<String, byte[]> found = new TreeMap<>();
    held(prefix).forEach((key, held) -> found.put(key, held.value()));
    return found;
  }

  @Override
  public synchronized Map<String, Held> held(String prefix) {
    return new TreeMap<>(keys.subMap(prefix, prefix + Character.MAX_VALUE));
  }

  @Override
  public synchronized CompletableFuture<Outcome> put(String key, byte[] value) {
    change(new RegistryBatch().put(key, value));
    return CompletableFuture.completedFuture(new Outcome.Committed(index, value));
  }

  @Override
  public synchronized CompletableFuture<byte[]> putIfAbsent(String key, byte[] value) {
    if (!keys.containsKey(key)) change(new RegistryBatch().put(key, value));
    return CompletableFuture.completedFuture(value(key));
  }

  @Override
  public synchronized CompletableFuture<Outcome> remove(String key) {
    change(new RegistryBatch().remove(key));
    return CompletableFuture.completedFuture(new Outcome.Committed(index, new byte[0]));
  }

  private boolean holds(Condition c) {
    return switch (c) {
      case Condition.Present p -> keys.containsKey(p.key());
      case Condition.Absent a -> !keys.containsKey(a.key());
      case Condition.Same s -> Arrays.equals(s.value(), value(s.key()));
    };
  }

  private boolean done(Step step) {
    return switch (step) {
      case Step.Put p -> Arrays.equals(p.value(), value(p.key()));
      case Step.Remove r -> !keys.containsKey(r.key());
      case Step.RemoveAll all -> held(all.prefix()).isEmpty();
    };
  }

  @Override
  public synchronized CompletableFuture<Decision> decide(RegistryBatch batch) {
    long at = ++index;
    if (!batch.conditions().stream().allMatch(this::holds)) {
      boolean already = batch.steps().stream().allMatch(this::done);
      return CompletableFuture.completedFuture(new Decision(already, at));
    }
    List<Change> changes = new ArrayList<>();
    for (Step step : batch.steps()) {
      switch (step) {
        case Step.Put p -> {
          keys.put(p.key(), new Held(p.value(), at));
          changes.add(new Change(p.key(), p.value(), at));
        }
        case Step.Remove r -> {
          if (keys.remove(r.key()) != null) changes.add(new Change(r.key(), null, at));
        }
        case Step.RemoveAll all -> {
          for (String key : held(all.prefix()).keySet()) {
            keys.remove(key);
            changes.add(new Change(key, null, at));
          }
        }
      }
    }
    List.copyOf(watchers.entrySet())
        .forEach(
            w -> {
              List<Change> seen =
                  changes.stream().filter(c -> c.key().startsWith(w.getValue())).toList();
              if (!seen.isEmpty()) w.getKey().accept(seen);
            });
    return CompletableFuture.completedFuture(new Decision(true, at));
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
