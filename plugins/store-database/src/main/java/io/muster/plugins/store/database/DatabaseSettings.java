package io.muster.plugins.store.database;

import io.muster.spi.ProviderSettings;
import java.time.Duration;

/// Bounds that every database has.
///
/// @param threads operations at once, each with a connection of its own
/// @param waitingMax operations that may wait for their turn; more are refused
/// @param timeout from the moment a store is asked to the answer
/// @param recordBytesMax the largest record, as JSON
/// @param listBytesMax the largest answer of a wildcard read; bounds memory
public record DatabaseSettings(
    int threads, int waitingMax, Duration timeout, long recordBytesMax, long listBytesMax) {
  /// Reads the keys that every database has.
  ///
  /// @param recordBytes fallback of the largest record, in bytes
  /// @param recordBytesMost what it may be set to at most
  public static DatabaseSettings read(ProviderSettings s, long recordBytes, long recordBytesMost) {
    return new DatabaseSettings(
        s.integer("pool_size", 8, 1, 500, "connections of this member, and operations at once"),
        s.integer(
            "queue_max", 1000, 0, 1_000_000, "operations that may wait; more are refused at once"),
        s.duration(
            "timeout",
            Duration.ofSeconds(5),
            Duration.ofMillis(250),
            Duration.ofMinutes(5),
            "an operation takes no longer; a write without an answer by then is unknown"),
        s.bytes("record_bytes_max", recordBytes, 1 << 10, recordBytesMost, "largest record"),
        s.bytes(
            "list_bytes_max", 64 << 20, 1 << 20, 1L << 30, "largest answer of a wildcard read"));
  }
}
