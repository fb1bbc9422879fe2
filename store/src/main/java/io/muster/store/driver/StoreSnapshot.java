package io.muster.store.driver;

import io.muster.store.core.StoreCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// A snapshot of a shard of the store as files, while no member uses it.
public final class StoreSnapshot {
  private StoreSnapshot() {}

  /// What is in a snapshot.
  ///
  /// @param index of the last entry in it
  /// @param records how many there are
  public record Content(long index, long records) {}

  /// Reads all of it, with the checksum of every block, and decodes every record; changes nothing.
  /// RocksDB's library must be loaded.
  ///
  /// @throws IOException when it is damaged or of an unknown format
  public static Content check(Path directory) throws IOException {
    try (Options options = new Options();
        RocksDB db = RocksDB.openReadOnly(options, directory.toString())) {
      return content(db);
    } catch (RocksDBException | RuntimeException e) {
      throw new IOException(directory.getFileName() + ": " + e.getMessage(), e);
    }
  }

  private static Content content(RocksDB db) throws RocksDBException {
    byte[] applied = db.get(RocksState.APPLIED);
    long records = 0;
    try (ReadOptions reading = new ReadOptions().setVerifyChecksums(true).setFillCache(false);
        RocksIterator i = db.newIterator(reading)) {
      for (i.seek(new byte[] {RocksState.RECORD}); i.isValid(); i.next()) {
        byte[] key = i.key();
        String path = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
        StoreCodec.decodeRecord(path, i.value(), null);
        records++;
      }
      i.status();
    }
    return new Content(applied == null ? 0 : ByteBuffer.wrap(applied).getLong(), records);
  }
}
