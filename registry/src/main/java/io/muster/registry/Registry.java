package io.muster.registry;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The cluster's small precious state: bytes by key in the group `meta`, linearizable.
public interface Registry {
  /// Reads after a barrier: sees every change acknowledged before.
  CompletableFuture<Optional<byte[]>> get(String key);

  /// Everything below a prefix as this replica has it now; possibly stale.
  Map<String, byte[]> local(String prefix);

  /// Sets a key. Repeating is harmless.
  CompletableFuture<Outcome> put(String key, byte[] value);

  /// Sets a key unless it is there.
  ///
  /// @return what is there afterwards; fails with `no_quorum` when that is not known
  CompletableFuture<byte[]> putIfAbsent(String key, byte[] value);

  /// Removes a key. Repeating is harmless.
  CompletableFuture<Outcome> remove(String key);

  /// Changes several keys at once, or none.
  ///
  /// @return whether the conditions held (or all was so already); fails with `no_quorum` when
  ///     nothing was done, with `link_timeout` when nobody knows: repeating is harmless
  CompletableFuture<Boolean> change(RegistryBatch batch);

  /// Tells of every change below a prefix from now on, in the order of the log, on the group's
  /// apply thread: hand off at once what takes long. What one command changed comes in one list.
  /// What is there already is read with [#local] after this call; a change may then be seen twice,
  /// never missed.
  AutoCloseable watch(String prefix, Consumer<List<Change>> watcher);

  /// One key was set, or removed when `value` is null.
  record Change(String key, byte @Nullable [] value) {}

  /// UTF-8 for short.
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
