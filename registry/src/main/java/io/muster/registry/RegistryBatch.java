package io.muster.registry;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes of several keys that happen together or not at all, on conditions. Built by one thread;
/// not changed any more once handed over.
///
/// Repeating one is harmless: where its conditions do not hold but all that it would change is so
/// already, it counts as done.
public final class RegistryBatch {
  /// What must be so for the changes to happen.
  public sealed interface Condition {
    String key();

    /// The key is there.
    record Present(String key) implements Condition {}

    /// The key is not there.
    record Absent(String key) implements Condition {}

    /// The key has this very value.
    record Same(String key, byte[] value) implements Condition {}
  }

  /// What happens, in this order.
  public sealed interface Step {
    /// Sets a key.
    record Put(String key, byte[] value) implements Step {}

    /// Removes a key, if it is there.
    record Remove(String key) implements Step {}

    /// Removes every key that begins so.
    record RemoveAll(String prefix) implements Step {}
  }

  private final List<Condition> conditions = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();

  public RegistryBatch onlyIfPresent(String key) {
    conditions.add(new Condition.Present(key));
    return this;
  }

  public RegistryBatch onlyIfAbsent(String key) {
    conditions.add(new Condition.Absent(key));
    return this;
  }

  /// Only if nobody changed a key since it was read.
  ///
  /// @param read what was read; null for nothing
  public RegistryBatch onlyIfStill(String key, byte @Nullable [] read) {
    conditions.add(read == null ? new Condition.Absent(key) : new Condition.Same(key, read));
    return this;
  }

  public RegistryBatch put(String key, byte[] value) {
    steps.add(new Step.Put(key, value));
    return this;
  }

  public RegistryBatch remove(String key) {
    steps.add(new Step.Remove(key));
    return this;
  }

  /// @param prefix not empty
  public RegistryBatch removeAll(String prefix) {
    if (prefix.isEmpty()) throw new IllegalArgumentException("a batch must not remove everything");
    steps.add(new Step.RemoveAll(prefix));
    return this;
  }

  public List<Condition> conditions() {
    return conditions;
  }

  public List<Step> steps() {
    return steps;
  }
}
