package io.muster.store.driver;

import io.muster.kernel.TimeSource;
import io.muster.registry.Consensus;
import io.muster.registry.Outcome;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.store.StoreSettings;
import io.muster.store.core.PathPattern;
import io.muster.store.core.StoreCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// The embedded provider: writes go through the shard's consensus group, reads follow a barrier.
///
/// Single reads cost a cache lookup where this replica leads alone, else a barrier shared by all
/// waiting reads. Wildcard reads run on two threads with a bounded queue.
public final class EmbeddedStore implements RecordStore {
  private static final int SCANS_WAITING_MAX = 1000;

  private final RocksState state;
  private final Consensus consensus;
  private final StoreSettings settings;
  private final TimeSource time;
  private final ThreadPoolExecutor scans =
      new ThreadPoolExecutor(
          2,
          2,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(SCANS_WAITING_MAX),
          Thread.ofPlatform().name("store-scan-", 0).daemon(true).factory());

  public EmbeddedStore(
      RocksState state, Consensus consensus, StoreSettings settings, TimeSource time) {
    this.state = state;
    this.consensus = consensus;
    this.settings = settings;
    this.time = time;
  }

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    if (settings.reads() == StoreSettings.Reads.LOCAL || consensus.canReadNow()) {
      return CompletableFuture.completedFuture(state.get(path));
    }
    return barrier().thenApply(_ -> state.get(path));
  }

  private CompletableFuture<Void> barrier() {
    if (settings.reads() == StoreSettings.Reads.LOCAL) {
      return CompletableFuture.completedFuture(null);
    }
    return consensus
        .readBarrier()
        .exceptionallyCompose(
            e ->
                CompletableFuture.failedFuture(
                    new StoreException(
                        Kind.UNAVAILABLE,
                        "the store cannot be read here: no majority of the cluster answers ("
                            + e.getMessage()
                            + ")",
                        e)));
  }

  @Override
  public CompletableFuture<List<PathRecord>> list(ListQuery query) {
    return barrier().thenCompose(_ -> scan(() -> collect(query)));
  }

  private List<PathRecord> collect(ListQuery q) {
    PathPattern pattern = new PathPattern(q.pattern());
    List<PathRecord> found = new ArrayList<>();
    long[] bytes = {0};
    if (pattern.exact()) {
      state.get(q.pattern()).ifPresent(found::add);
    } else {
      state.scan(
          pattern,
          r -> {
            bytes[0] += r.data().length + 100L;
            if (bytes[0] > settings.listBytesMax()) {
              throw new StoreException(
                  Kind.REFUSED,
                  "more than "
                      + settings.listBytesMax()
                      + " bytes match "
                      + q.pattern()
                      + "; narrow the pattern or raise store.list_bytes_max",
                  null);
            }
            found.add(r);
          });
    }
    if (q.order() == ListQuery.Order.MODIFIED_THEN_PATH) {
      found.sort(Comparator.comparingLong(PathRecord::modified).thenComparing(PathRecord::path));
    }
    int from = (int) Math.min(q.skip(), found.size());
    int to = q.limit() == 0 ? found.size() : (int) Math.min(from + q.limit(), found.size());
    return from == 0 && to == found.size() ? found : List.copyOf(found.subList(from, to));
  }

  @Override
  public CompletableFuture<Long> count(String pattern) {
    return barrier()
        .thenCompose(
            _ ->
                scan(
                    () -> {
                      PathPattern p = new PathPattern(pattern);
                      if (p.exact()) return state.get(pattern).isPresent() ? 1L : 0L;
                      long[] n = {0};
                      state.scan(p, _ -> n[0]++);
                      return n[0];
                    }));
  }

  private <T> CompletableFuture<T> scan(Supplier<T> work) {
    try {
      return CompletableFuture.supplyAsync(work, scans);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new StoreException(Kind.UNAVAILABLE, "too many wildcard reads wait already", e));
    }
  }

  @Override
  public CompletableFuture<Written> write(Write write) {
    byte[] data =
        switch (write) {
          case Write.Put p -> p.data();
          case Write.Merge m -> m.data();
        };
    StoreCodec.Kind kind =
        switch (write) {
          case Write.Put _ -> StoreCodec.Kind.PUT;
          case Write.Merge _ -> StoreCodec.Kind.MERGE;
        };
    if (data.length > settings.recordBytesMax()) {
      return refused("a record of " + data.length + " bytes, at most " + settings.recordBytesMax());
    }
    if (tooLong(write.path()))
      return refused("a path beyond " + StoreCodec.PATH_BYTES_MAX + " bytes");
    byte[] command =
        StoreCodec.encode(
            new StoreCodec.Command(
                kind, time.now().toEpochMilli(), write.by(), write.path(), data));
    return propose(command)
        .thenApply(
            result -> {
              PathRecord r = StoreCodec.decodeRecord(write.path(), result, null);
              boolean whole = r.data().length > 0;
              return new Written(whole ? r : StoreCodec.decodeRecord(write.path(), result, data));
            });
  }

  private static boolean tooLong(String path) {
    return path.length() > StoreCodec.PATH_BYTES_MAX / 4
        && path.getBytes(StandardCharsets.UTF_8).length > StoreCodec.PATH_BYTES_MAX;
  }

  private static <T> CompletableFuture<T> refused(String why) {
    return CompletableFuture.failedFuture(new StoreException(Kind.REFUSED, why, null));
  }

  @Override
  public CompletableFuture<Long> remove(String pattern) {
    if (tooLong(pattern)) return refused("a path beyond " + StoreCodec.PATH_BYTES_MAX + " bytes");
    byte[] command =
        StoreCodec.encode(
            new StoreCodec.Command(
                StoreCodec.Kind.REMOVE, time.now().toEpochMilli(), null, pattern, new byte[0]));
    return propose(command).thenApply(result -> ByteBuffer.wrap(result).getLong());
  }

  private CompletableFuture<byte[]> propose(byte[] command) {
    return consensus
        .propose(command)
        .handle(
            (outcome, e) -> {
              if (e != null) {
                throw new StoreException(Kind.UNAVAILABLE, String.valueOf(e.getMessage()), e);
              }
              return switch (outcome) {
                case Outcome.Committed c -> c.result();
                case Outcome.NotLeader _ ->
                    throw new StoreException(
                        Kind.UNAVAILABLE, "no leader; nothing was written", null);
                case Outcome.NoQuorum n ->
                    throw new StoreException(
                        Kind.UNAVAILABLE,
                        "no majority of the cluster answers; nothing was written (" + n.why() + ")",
                        null);
                case Outcome.Unknown u ->
                    throw new StoreException(
                        Kind.UNKNOWN, "it is not known whether this was written: " + u.why(), null);
              };
            });
  }

  @Override
  public void close() {
    scans.shutdownNow();
  }
}
