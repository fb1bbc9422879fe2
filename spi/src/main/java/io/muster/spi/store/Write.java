package io.muster.spi.store;

import org.jspecify.annotations.Nullable;

/// A change of one record. `data` is a valid JSON object in UTF-8.
public sealed interface Write {
  String path();

  /// The user on whose behalf, or null on an unsecured cluster.
  @Nullable String by();

  /// Replaces the record.
  record Put(String path, byte[] data, @Nullable String by) implements Write {}

  /// Sets the top-level members of `data` in the stored record and keeps the others; creates the
  /// record when absent.
  record Merge(String path, byte[] data, @Nullable String by) implements Write {}
}
