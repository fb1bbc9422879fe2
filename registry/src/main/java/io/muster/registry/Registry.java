package io.muster.registry;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

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

  /// UTF-8 for short.
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
