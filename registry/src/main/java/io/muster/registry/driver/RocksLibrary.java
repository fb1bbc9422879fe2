package io.muster.registry.driver;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.jar.JarEntry;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/// RocksDB's native library, kept in the data directory.
///
/// On its own RocksDB unpacks 13 MB into the temporary directory at every start and leaves them
/// there when the process is killed.
public final class RocksLibrary {
  private RocksLibrary() {}

  /// Loads the library, unpacking it where it is not there yet. Call before the first use of
  /// RocksDB.
  ///
  /// @throws io.muster.kernel.MusterException `data_corrupt` when the directory cannot be written
  public static void load(Path directory) {
    String name = Environment.getJniLibraryFileName("rocksdb");
    URL packed = RocksDB.class.getClassLoader().getResource(name);
    if (packed == null) throw new IllegalStateException("no " + name + " for this platform");
    try {
      // Named by its checksum: another version of the library does not meet this one's file.
      JarEntry entry = ((JarURLConnection) packed.openConnection()).getJarEntry();
      Path home = directory.resolve("rocksdb-" + Long.toHexString(entry.getCrc()));
      // What loadLibrary looks for is not what the archive calls it.
      Path file = home.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
      if (!Files.exists(file) || Files.size(file) != entry.getSize()) unpack(packed, file);
      RocksDB.loadLibrary(List.of(home.toAbsolutePath().toString()));
    } catch (IOException e) {
      throw RaftGroups.corrupt(directory, e);
    }
  }

  private static void unpack(URL from, Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Path next = Files.createTempFile(file.getParent(), "unpacking", ".new");
    try (InputStream packed = from.openStream()) {
      Files.copy(packed, next, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
