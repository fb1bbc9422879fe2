package io.muster.registry.driver;

import com.alipay.sofa.jraft.storage.impl.RocksDBLogStorage;
import com.alipay.sofa.jraft.util.StorageOptionsFactory;
import org.rocksdb.DBOptions;

/// How RocksDB keeps the consensus logs of this process.
final class LogOptions {
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
    StorageOptionsFactory.registerRocksDBOptions(RocksDBLogStorage.class, options);
  }
}
