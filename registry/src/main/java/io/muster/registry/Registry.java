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

  /// As [#local], each with the index of the log at which it was set last.
  Map<String, Held> held(String prefix);

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
  default CompletableFuture<Boolean> change(RegistryBatch batch) {
    return decide(batch).thenApply(Decision::held);
  }

  /// As [#change], with the place in the log.
  CompletableFuture<Decision> decide(RegistryBatch batch);

  /// Tells of every change below a prefix from now on, in the order of the log, on the group's
  /// apply thread: hand off at once what takes long. What one command changed comes in one list.
  /// What is there already is read with [#local] after this call; a change may then be seen twice,
  /// never missed.
  AutoCloseable watch(String prefix, Consumer<List<Change>> watcher);

  /// One key was set, or removed when `value` is null.
  ///
  /// @param index of the log entry that did it; where a whole snapshot was taken in, that at which
  ///     the key was set, and the snapshot's for a removal
  record Change(String key, byte @Nullable [] value, long index) {}

  /// @param index of the log entry that set it last; 0 where that was before a cluster kept it
  record Held(byte[] value, long index) {}

  /// What became of a batch.
  ///
  /// @param held whether its conditions did, or all was so already
  /// @param index of the log entry that decided
  record Decision(boolean held, long index) {}

  /// UTF-8 for short.
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
