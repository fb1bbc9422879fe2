package io.muster.registry.driver;

import com.alipay.sofa.jraft.storage.impl.RocksDBLogStorage;
import com.alipay.sofa.jraft.util.StorageOptionsFactory;
import org.rocksdb.DBOptions;

/// How RocksDB keeps the consensus logs of this process.
final class LogOptions {
  /// Also the size of a file of the write-ahead log.
  private static final long WRITE_BUFFER_BYTES = 8 << 20;

  private static boolean registered;

  private LogOptions() {}

  /// Registers the options with the engine, once for the process; RocksDB's library must be loaded.
  static synchronized void register() {
    if (registered) return;
    registered = true;
    DBOptions options = StorageOptionsFactory.getDefaultRocksDBOptions();
    // Preallocation takes 70 MB for each file at once: a member whose disk was full could not start
    // even after space for what it holds had been made.
    options.setAllowFAllocate(false).setKeepLogFileNum(2);
    // Files of the write-ahead log are written over again: to force what lies within a file's size
    // takes one write of the disk, what makes it longer takes two. For a file to come free all
    // column families have to be flushed.
    options.setRecycleLogFileNum(2).setAtomicFlush(true);
    StorageOptionsFactory.registerRocksDBOptions(RocksDBLogStorage.class, options);
    StorageOptionsFactory.registerRocksDBColumnFamilyOptions(
        RocksDBLogStorage.class,
        StorageOptionsFactory.getDefaultRocksDBColumnFamilyOptions()
            .setWriteBufferSize(WRITE_BUFFER_BYTES));
  }
}
