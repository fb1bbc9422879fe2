package io.muster.store.driver;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.ReplicatedState;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.Write;
import io.muster.store.StoreSettings;
import io.muster.store.core.JsonGauge;
import io.muster.store.core.JsonMerge;
import io.muster.store.core.StoreCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Checkpoint;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The records of one shard in RocksDB, with a cache of decoded records on the heap.
///
/// What was applied last is on the heap only ([Unwritten]) and goes to RocksDB in one batch with
/// the index of its last entry, before a wildcard read, a snapshot and the end at the latest.
/// RocksDB's own log is on but not forced. A crash thus loses what the consensus log, which is
/// forced, brings back. Keys are one byte of kind and the path's UTF-8, so a prefix of a path is a
/// prefix of keys.
public final class RocksState implements ReplicatedState, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RocksState.class);
  private static final byte META = 0;
  static final byte RECORD = 1;
  private static final byte[] NOTHING = {'{', '}'};
  static final byte[] APPLIED = {META, 'a'};

  static {
    RocksDB.loadLibrary();
  }

  private final Path directory;
  private final LRUCache blocks;
  private final BloomFilter bloom = new BloomFilter(10);
  private final Options options;
  private final WriteOptions writing = new WriteOptions();
  private final Cache<String, Optional<PathRecord>> cache;
  private final ReentrantReadWriteLock swap = new ReentrantReadWriteLock();
  private final ReentrantLock unwrittenLock = new ReentrantLock();
  private final Unwritten unwritten = new Unwritten();

  /// The last entry that `unwritten`, or else the database, has; under its lock.
  private long gathered;

  private RocksDB db;
  private volatile boolean closed;
  private volatile long applied;

  /// Opens or makes the database.
  ///
  /// @throws MusterException `store_failed` naming the directory
  public RocksState(Path directory, StoreSettings settings) {
    this.directory = directory;
    this.blocks = new LRUCache(settings.blockCacheBytes());
    this.options =
        new Options()
            .setCreateIfMissing(true)
            .setAllowFAllocate(false)
            .setWriteBufferSize(settings.writeBufferBytes())
            .setMaxWriteBufferNumber(2)
            .setMaxTotalWalSize(64 << 20)
            .setKeepLogFileNum(2)
            .setMaxOpenFiles(256)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setTableFormatConfig(
                new BlockBasedTableConfig().setBlockCache(blocks).setFilterPolicy(bloom));
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(settings.cacheBytes())
            .weigher(
                (String path, Optional<PathRecord> r) ->
                    120 + path.length() + r.map(x -> x.data().length + 60).orElse(0))
            .build();
    db = open();
    applied = readApplied();
    gathered = applied;
  }

  private RocksDB open() {
    try {
      Files.createDirectories(directory);
      return RocksDB.open(options, directory.toString());
    } catch (RocksDBException | IOException e) {
      throw failed("cannot be opened", e);
    }
  }

  private MusterException failed(String what, Exception e) {
    return new MusterException(
        ErrorCode.STORE_FAILED,
        directory
            + ": "
            + what
            + " ("
            + e.getMessage()
            + "); free space or fix permissions, or move it away: the others bring it back",
        e);
  }

  private long readApplied() {
    try {
      byte[] v = db.get(APPLIED);
      return v == null ? 0 : ByteBuffer.wrap(v).getLong();
    } catch (RocksDBException e) {
      throw failed("cannot be read", e);
    }
  }

  @Override
  public long appliedIndex() {
    return applied;
  }

  // --- applying, on the group's apply thread

  @Override
  public byte[][] apply(long index, byte[][] commands) {
    byte[][] results = new byte[commands.length][];
    Map<String, Optional<PathRecord>> changed = new HashMap<>();
    swap.readLock().lock();
    try {
      apply(index, commands, results, changed);
    } finally {
      swap.readLock().unlock();
    }
    cache.putAll(changed);
    applied = index;
    return results;
  }

  private void apply(
      long index, byte[][] commands, byte[][] results, Map<String, Optional<PathRecord>> changed) {
    mustBeOpen();
    for (int i = 0; i < commands.length; i++) {
      StoreCodec.Command c = StoreCodec.decodeCommand(commands[i]);
      results[i] =
          switch (c.kind()) {
            case PUT, MERGE, INCREMENT -> write(c, changed);
            case REMOVE -> remove(c, changed);
          };
    }
    unwrittenLock.lock();
    try {
      unwritten.add(changed, Math.max(1, commands.length));
      gathered = index;
      if (unwritten.full()) writeOut();
    } finally {
      unwrittenLock.unlock();
    }
  }

  /// Brings the database up to what was applied; under `swap`.
  private void writeOut() {
    unwrittenLock.lock();
    try (WriteBatch batch = new WriteBatch()) {
      if (unwritten.isEmpty()) return;
      List<RocksDBException> broken = new ArrayList<>();
      unwritten.forEach(
          (path, r) -> {
            try {
              if (r.isPresent()) batch.put(key(path), StoreCodec.encode(r.get(), true));
              else batch.delete(key(path));
            } catch (RocksDBException e) {
              broken.add(e);
            }
          });
      if (!broken.isEmpty()) throw broken.getFirst();
      batch.put(APPLIED, ByteBuffer.allocate(8).putLong(gathered).array());
      db.write(writing, batch);
      unwritten.clear();
    } catch (RocksDBException e) {
      throw failed("cannot be written", e);
    } finally {
      unwrittenLock.unlock();
    }
  }

  /// Under the lock: the engine's objects must not be touched once they are closed.
  private void mustBeOpen() {
    if (closed) throw new MusterException(ErrorCode.STORE_FAILED, directory + ": closed");
  }

  private byte[] write(StoreCodec.Command c, Map<String, Optional<PathRecord>> changed) {
    Optional<PathRecord> pending = changed.get(c.path());
    PathRecord old = pending != null ? pending.orElse(null) : get(c.path()).orElse(null);
    if (c.when() == Write.When.PRESENT && old == null) {
      return StoreCodec.unmet(c.path() + ": there is no such record");
    }
    if (c.when() == Write.When.ABSENT && old != null) {
      return StoreCodec.unmet(c.path() + ": there is a record already");
    }
    byte[] data;
    try {
      data =
          switch (StoreCodec.write(c)) {
            case Write.Put p -> p.data();
            case Write.Merge m -> old == null ? m.data() : JsonMerge.merge(old.data(), m.data());
            case Write.Increment i ->
                JsonGauge.add(old == null ? NOTHING : old.data(), i.gauge(), i.amount());
          };
    } catch (IllegalArgumentException e) {
      return StoreCodec.refusal(c.path() + ": " + e.getMessage());
    }
    PathRecord r =
        old == null
            ? new PathRecord(c.path(), data, c.now(), c.now(), c.by(), c.by(), 1)
            : new PathRecord(
                c.path(),
                data,
                old.created(),
                Math.max(c.now(), old.modified()),
                old.createdBy(),
                c.by(),
                old.version() + 1);
    changed.put(c.path(), Optional.of(r));
    return StoreCodec.encode(r, data != c.data());
  }

  private byte[] remove(StoreCodec.Command c, Map<String, Optional<PathRecord>> changed) {
    String pattern = c.path();
    PathPattern p = new PathPattern(pattern);
    CriteriaMatcher criteria;
    try {
      criteria = CriteriaMatcher.of(StoreCodec.criteria(c));
    } catch (IllegalArgumentException e) {
      return StoreCodec.refusal(pattern + ": " + e.getMessage());
    }
    long[] removed = {0};
    if (p.exact()) {
      Optional<PathRecord> pending = changed.get(pattern);
      if ((pending != null ? pending : get(pattern)).filter(criteria::matches).isPresent()) {
        changed.put(pattern, Optional.empty());
        removed[0] = 1;
      }
    } else {
      // What this very entry wrote is not in the database yet, what those before it wrote is then.
      writeOut();
      Map<String, Boolean> doomed = new HashMap<>();
      scanRaw(
          p,
          (path, value) -> {
            if (c.criteria().length == 0 || criteria.matches(record(path, value))) {
              doomed.put(path, true);
            }
            return true;
          });
      changed.forEach(
          (path, r) -> {
            if (p.matches(path)) doomed.put(path, r.filter(criteria::matches).isPresent());
          });
      for (Map.Entry<String, Boolean> e : doomed.entrySet()) {
        if (!e.getValue()) continue;
        changed.put(e.getKey(), Optional.empty());
        removed[0]++;
      }
    }
    return ByteBuffer.allocate(8).putLong(removed[0]).array();
  }

  // --- reading, on any thread

  private static byte[] key(String path) {
    byte[] utf8 = path.getBytes(StandardCharsets.UTF_8);
    byte[] key = new byte[utf8.length + 1];
    key[0] = RECORD;
    System.arraycopy(utf8, 0, key, 1, utf8.length);
    return key;
  }

  /// The record as applied so far.
  Optional<PathRecord> get(String path) {
    Optional<PathRecord> cached = cache.getIfPresent(path);
    return cached != null ? cached : cache.get(path, this::load);
  }

  private Optional<PathRecord> load(String path) {
    swap.readLock().lock();
    try {
      mustBeOpen();
      return unwritten.get(path, this::fromDatabase);
    } finally {
      swap.readLock().unlock();
    }
  }

  private Optional<PathRecord> fromDatabase(String path) {
    try {
      byte[] bytes = db.get(key(path));
      return bytes == null
          ? Optional.empty()
          : Optional.of(StoreCodec.decodeRecord(path, bytes, null));
    } catch (RocksDBException e) {
      throw failed("cannot be read", e);
    }
  }

  /// Calls `each` with the matching records by path, until it wants no more.
  void scan(PathPattern pattern, Predicate<PathRecord> each) {
    upToDate(pattern, (path, value) -> each.test(record(path, value)));
  }

  /// How many records match.
  long count(PathPattern pattern) {
    long[] n = {0};
    upToDate(
        pattern,
        (_, _) -> {
          n[0]++;
          return true;
        });
    return n[0];
  }

  private void upToDate(PathPattern pattern, Row row) {
    swap.readLock().lock();
    try {
      mustBeOpen();
      writeOut();
      scanRaw(pattern, row);
    } finally {
      swap.readLock().unlock();
    }
  }

  private static PathRecord record(String path, Supplier<byte[]> value) {
    return StoreCodec.decodeRecord(path, value.get(), null);
  }

  private interface Row {
    /// @return whether to go on
    boolean take(String path, Supplier<byte[]> value);
  }

  private void scanRaw(PathPattern pattern, Row row) {
    byte[] prefix = key(pattern.prefix());
    swap.readLock().lock();
    try {
      mustBeOpen();
      try (Slice upper = new Slice(successor(prefix));
          ReadOptions reading = new ReadOptions().setIterateUpperBound(upper);
          RocksIterator i = db.newIterator(reading)) {
        for (i.seek(prefix); i.isValid(); i.next()) {
          byte[] key = i.key();
          String path = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
          if (pattern.matches(path) && !row.take(path, i::value)) return;
        }
      }
    } finally {
      swap.readLock().unlock();
    }
  }

  /// The first key behind all keys with this prefix.
  private static byte[] successor(byte[] prefix) {
    byte[] next = prefix.clone();
    for (int i = next.length - 1; i >= 0; i--) {
      if (next[i] != (byte) 0xff) {
        next[i]++;
        return Arrays.copyOf(next, i + 1);
      }
    }
    return new byte[] {(byte) 0xff};
  }

  // --- snapshots

  @Override
  public long save(Path into) throws IOException {
    Path checkpoint = into.resolve("checkpoint");
    long index;
    swap.readLock().lock();
    unwrittenLock.lock();
    try {
      mustBeOpen();
      writeOut();
      // Still under the lock: nobody brings the database further before the checkpoint has it.
      index = gathered;
      checkpoint(checkpoint);
    } finally {
      unwrittenLock.unlock();
      swap.readLock().unlock();
    }
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path f : files.toList()) Files.move(f, into.resolve(f.getFileName().toString()));
    }
    Files.delete(checkpoint);
    return index;
  }

  private void checkpoint(Path checkpoint) throws IOException {
    try (Checkpoint c = Checkpoint.create(db)) {
      c.createCheckpoint(checkpoint.toString());
    } catch (RocksDBException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void load(Path from) throws IOException {
    swap.writeLock().lock();
    try {
      mustBeOpen();
      db.close();
      deleteTree(directory);
      Files.createDirectories(directory);
      try (Stream<Path> files = Files.list(from)) {
        for (Path f : files.toList()) {
          String name = f.getFileName().toString();
          if (!name.startsWith("__raft")) {
            Files.copy(f, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
      db = open();
      unwritten.clear();
      cache.invalidateAll();
      applied = readApplied();
      gathered = applied;
    } finally {
      swap.writeLock().unlock();
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) return;
    try (Stream<Path> all = Files.walk(root)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }

  @Override
  public void close() {
    swap.writeLock().lock();
    try {
      if (closed) return;
      closed = true;
      try {
        writeOut();
      } catch (MusterException e) {
        log.warn("store_not_written_out reason=\"{}\"", e.getMessage());
      }
      db.close();
      writing.close();
      options.close();
      bloom.close();
      blocks.close();
    } finally {
      swap.writeLock().unlock();
    }
  }
}
