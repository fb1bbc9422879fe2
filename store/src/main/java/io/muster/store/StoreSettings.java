package io.muster.store;

import io.muster.spi.ProviderSettings;

/// The keys of `store` that belong to the embedded provider.
///
/// @param reads whether reads see every write acknowledged before, or whatever this replica has
/// @param cacheBytes records kept on the heap
/// @param listBytesMax an answer of a wildcard read beyond this is refused
public record StoreSettings(
    Reads reads,
    long cacheBytes,
    long recordBytesMax,
    long listBytesMax,
    long blockCacheBytes,
    long writeBufferBytes) {
  /// What holds where nothing is set, for work on files of a store that is not open.
  public static final StoreSettings STANDARD =
      new StoreSettings(Reads.LINEARIZABLE, 32 << 20, 16 << 20, 64 << 20, 32 << 20, 16 << 20);

  /// How fresh a read is.
  public enum Reads {
    LINEARIZABLE,
    LOCAL
  }

  public static StoreSettings read(ProviderSettings s) {
    long g = 1L << 30;
    return new StoreSettings(
        s.choice(
            "reads", Reads.class, Reads.LINEARIZABLE, "linearizable, or local: possibly stale"),
        s.bytes("cache_bytes", 32 << 20, 1 << 20, 64 * g, "records kept on the heap"),
        s.bytes("record_bytes_max", 16 << 20, 1 << 10, 128 << 20, "largest record"),
        s.bytes("list_bytes_max", 64 << 20, 1 << 20, g, "largest answer of a wildcard read"),
        s.bytes("block_cache_bytes", 32 << 20, 1 << 20, 64 * g, "RocksDB's block cache"),
        s.bytes("write_buffer_bytes", 16 << 20, 1 << 20, g, "RocksDB's memory for fresh writes"));
  }
}
