package io.muster.store.driver;

import io.muster.kernel.TimeSource;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathOrder;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.Selection;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.StoreLimits;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.store.core.JsonGauge;
import io.muster.store.core.JsonMerge;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Records in the memory of one member, gone when it ends. All of them together have a bound:
/// beyond it writes that add are refused, nothing is thrown out.
///
/// Writes and removals run on one thread in the order in which they were given. Single reads are
/// answered at once by whoever asks. Wildcard reads run on two threads, and see all of a removal or
/// nothing: it takes its records away under a lock, which it holds only once it knows them.
final class MemoryStore implements RecordStore {
  private static final int WRITES_WAITING_MAX = 10_000;
  private static final int SCANS_WAITING_MAX = 1000;

  /// What a record takes beside its path and data: the map's node, the record, two users' names.
  private static final long OVERHEAD_BYTES = 200;

  private static final byte[] NOTHING = {'{', '}'};

  /// @param bytes of all records, each with what it takes beside its data
  record Bounds(long bytes, long record, long list) {}

  private final Bounds bounds;
  private final TimeSource time;
  private final NavigableMap<String, PathRecord> records =
      new ConcurrentSkipListMap<>(PathOrder.PATHS);
  private final ReadWriteLock removing = new ReentrantReadWriteLock();
  private final ReadPool writes =
      new ReadPool(
          1,
          WRITES_WAITING_MAX,
          "too many writes wait already",
          Thread.ofPlatform().name("memory-write-", 0).daemon(true).factory());
  private final ReadPool scans =
      new ReadPool(
          2, SCANS_WAITING_MAX, Thread.ofPlatform().name("memory-scan-", 0).daemon(true).factory());

  /// Of the writing thread.
  private long bytes;

  private volatile boolean closed;

  MemoryStore(Bounds bounds, TimeSource time) {
    this.bounds = bounds;
    this.time = time;
  }

  @Override
  public StoreHealth health() {
    return closed ? StoreHealth.ENDED : StoreHealth.GOOD;
  }

  private static <T> CompletableFuture<T> refused(Kind kind, @Nullable String why) {
    return CompletableFuture.failedFuture(new StoreException(kind, String.valueOf(why), null));
  }

  // --- reading

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    if (closed) return refused(Kind.UNAVAILABLE, "the store is closed");
    return CompletableFuture.completedFuture(Optional.ofNullable(records.get(path)));
  }

  @Override
  public CompletableFuture<List<PathRecord>> list(ListQuery query) {
    return scans.read(
        () ->
            guarded(
                () -> {
                  Selection found =
                      new Selection(query, bounds.list, "raise the store's list_bytes_max");
                  scan(new PathPattern(query.pattern()), found::offer);
                  return found.result();
                }));
  }

  @Override
  public CompletableFuture<Long> count(String pattern, Criteria criteria) {
    return scans.read(
        () ->
            guarded(
                () -> {
                  CriteriaLimits.check(criteria);
                  CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
                  long[] n = {0};
                  scan(
                      new PathPattern(pattern),
                      r -> {
                        if (matcher.matches(r)) n[0]++;
                        return true;
                      });
                  return n[0];
                }));
  }

  private static <T> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (CriteriaException e) {
      throw new StoreException(Kind.REFUSED, String.valueOf(e.getMessage()), e);
    }
  }

  /// Shows the matching records by path, until no more are wanted.
  private void scan(PathPattern pattern, Predicate<PathRecord> each) {
    removing.readLock().lock();
    try {
      walk(pattern, each);
    } finally {
      removing.readLock().unlock();
    }
  }

  private void walk(PathPattern pattern, Predicate<PathRecord> each) {
    for (PathRecord r : candidates(pattern)) {
      if (pattern.matches(r.path()) && !each.test(r)) return;
    }
  }

  /// By path, those that begin as the pattern does.
  private Iterable<PathRecord> candidates(PathPattern pattern) {
    String prefix = pattern.prefix();
    if (pattern.exact()) return Optional.ofNullable(records.get(prefix)).stream().toList();
    String above = PathPattern.above(prefix);
    return above == null
        ? records.tailMap(prefix, true).values()
        : records.subMap(prefix, true, above, false).values();
  }

  // --- writing

  @Override
  public CompletableFuture<Written> write(Write write) {
    String objection = StoreLimits.objection(write, bounds.record);
    if (objection != null) return refused(Kind.REFUSED, objection);
    return writes.read(() -> new Written(written(write)));
  }

  private PathRecord written(Write w) {
    PathRecord old = records.get(w.path());
    if (w.when() == Write.When.PRESENT && old == null) {
      throw new StoreException(Kind.UNMET, w.path() + ": there is no such record", null);
    }
    if (w.when() == Write.When.ABSENT && old != null) {
      throw new StoreException(Kind.UNMET, w.path() + ": there is a record already", null);
    }
    byte[] data = data(w, old);
    if (data.length > bounds.record) {
      throw new StoreException(
          Kind.REFUSED, "a record of " + data.length + " bytes, at most " + bounds.record, null);
    }
    long now = time.now().toEpochMilli();
    PathRecord record =
        old == null
            ? new PathRecord(w.path(), data, now, now, w.by(), w.by(), 1)
            : new PathRecord(
                w.path(),
                data,
                old.created(),
                Math.max(now, old.modified()),
                old.createdBy(),
                w.by(),
                old.version() + 1);
    long more = size(record) - (old == null ? 0 : size(old));
    if (more > 0 && bytes + more > bounds.bytes) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the store in this member's memory is full: "
              + bytes
              + " of "
              + bounds.bytes
              + " bytes are taken and "
              + w.path()
              + " needs "
              + more
              + " more; remove records or raise the store's bytes_max",
          null);
    }
    bytes += more;
    records.put(w.path(), record);
    return record;
  }

  private static byte[] data(Write w, @Nullable PathRecord old) {
    try {
      return switch (w) {
        case Write.Put p -> p.data();
        case Write.Merge m -> old == null ? m.data() : JsonMerge.merge(old.data(), m.data());
        case Write.Increment i ->
            JsonGauge.add(old == null ? NOTHING : old.data(), i.gauge(), i.amount());
      };
    } catch (IllegalArgumentException e) {
      throw new StoreException(Kind.REFUSED, w.path() + ": " + e.getMessage(), e);
    }
  }

  private static long size(PathRecord r) {
    return OVERHEAD_BYTES + 2L * r.path().length() + r.data().length;
  }

  @Override
  public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
    String objection = StoreLimits.removal(pattern, criteria);
    if (objection != null) return refused(Kind.REFUSED, objection);
    return writes.read(() -> guarded(() -> removed(new PathPattern(pattern), criteria)));
  }

  /// Nobody else writes meanwhile: what was found is still so when it is taken away.
  private long removed(PathPattern pattern, Criteria criteria) {
    CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
    List<PathRecord> doomed = new ArrayList<>();
    walk(
        pattern,
        r -> {
          if (matcher.matches(r)) doomed.add(r);
          return true;
        });
    removing.writeLock().lock();
    try {
      for (PathRecord r : doomed) {
        records.remove(r.path());
        bytes -= size(r);
      }
    } finally {
      removing.writeLock().unlock();
    }
    return doomed.size();
  }

  @Override
  public void close() {
    closed = true;
    writes.close();
    scans.close();
    records.clear();
  }
}
