package io.muster.store.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.registry.Consensus;
import io.muster.registry.Outcome;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.ListQuery;
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
import io.muster.store.StoreSettings;
import io.muster.store.core.StoreCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The records of a control member: writes go through the shard's consensus group, reads follow a
/// barrier.
///
/// Single reads cost a cache lookup where this replica leads alone, else a barrier shared by all
/// waiting reads. Wildcard reads run on two threads with a bounded queue. The store owns its
/// replica of the group and the state below it, and closes both.
public final class EmbeddedStore implements RecordStore {
  private static final int SCANS_WAITING_MAX = 1000;

  private final RocksState state;
  private final Runnable stop;
  private final StoreSettings settings;
  private final TimeSource time;
  private final CompletableFuture<Void> ready;
  private volatile @Nullable Consensus consensus;
  private volatile boolean closed;
  private final ReadPool scans =
      new ReadPool(
          2, SCANS_WAITING_MAX, Thread.ofPlatform().name("store-scan-", 0).daemon(true).factory());

  /// @param state closed by this store
  /// @param starting the group that applies to `state`
  /// @param stop ends this member's replica of the group, also while it is starting
  EmbeddedStore(
      RocksState state,
      CompletableFuture<? extends Consensus> starting,
      Runnable stop,
      StoreSettings settings,
      TimeSource time) {
    this.state = state;
    this.stop = stop;
    this.settings = settings;
    this.time = time;
    this.ready =
        starting.handle(
            (group, e) -> {
              if (group == null) throw notStarted(e);
              consensus = group;
              return null;
            });
  }

  private static StoreException notStarted(@Nullable Throwable e) {
    Throwable cause = e == null ? null : cause(e);
    boolean corrupt = cause instanceof MusterException m && m.code() == ErrorCode.DATA_CORRUPT;
    return new StoreException(
        corrupt ? Kind.FAILED : Kind.UNAVAILABLE,
        cause == null ? "no group" : String.valueOf(cause.getMessage()),
        cause);
  }

  private static Throwable cause(Throwable e) {
    return e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
  }

  @Override
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  @Override
  public StoreHealth health() {
    if (closed) return StoreHealth.ENDED;
    Consensus group = consensus;
    if (group == null) {
      return new StoreHealth(StoreHealth.State.STARTING, "no leader of the records is known yet");
    }
    Consensus.View view = group.view();
    if (!view.failure().isEmpty()) {
      return new StoreHealth(
          StoreHealth.State.FAILED, "this replica of the records has stopped: " + view.failure());
    }
    if (view.quorum()) return StoreHealth.GOOD;
    return new StoreHealth(
        StoreHealth.State.UNAVAILABLE, "no majority of the control members answers");
  }

  /// The group, or why there is none.
  private Consensus group() {
    Consensus group = consensus;
    if (closed) throw new StoreException(Kind.UNAVAILABLE, "the store is closed", null);
    if (group == null) throw new StoreException(Kind.UNAVAILABLE, "the store is starting", null);
    return group;
  }

  // --- reading

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    try {
      Consensus group = group();
      if (settings.reads() == StoreSettings.Reads.LOCAL || group.canReadNow()) {
        return CompletableFuture.completedFuture(state.get(path));
      }
      return barrier(group).thenApply(_ -> guarded(() -> state.get(path)));
    } catch (StoreException | MusterException e) {
      return CompletableFuture.failedFuture(failure(e));
    }
  }

  /// Runs what touches the state; its failures as callers know them.
  private <T> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (MusterException e) {
      throw failure(e);
    } catch (CriteriaException e) {
      throw new StoreException(Kind.REFUSED, String.valueOf(e.getMessage()), e);
    }
  }

  private StoreException failure(RuntimeException e) {
    if (e instanceof StoreException s) return s;
    return new StoreException(
        closed ? Kind.UNAVAILABLE : Kind.FAILED, String.valueOf(e.getMessage()), e);
  }

  private CompletableFuture<Void> barrier(Consensus group) {
    if (settings.reads() == StoreSettings.Reads.LOCAL) {
      return CompletableFuture.completedFuture(null);
    }
    return group
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
    return scan(() -> collect(query));
  }

  private List<PathRecord> collect(ListQuery q) {
    PathPattern pattern = new PathPattern(q.pattern());
    Selection selection = new Selection(q, settings.listBytesMax(), "raise store.list_bytes_max");
    if (pattern.exact()) state.get(q.pattern()).ifPresent(selection::offer);
    else state.scan(pattern, selection::offer);
    return selection.result();
  }

  @Override
  public CompletableFuture<Long> count(String pattern, Criteria criteria) {
    return scan(() -> counted(new PathPattern(pattern), criteria));
  }

  private long counted(PathPattern pattern, Criteria criteria) {
    CriteriaLimits.check(criteria);
    CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
    if (pattern.exact()) {
      return state.get(pattern.pattern()).filter(matcher::matches).isPresent() ? 1 : 0;
    }
    if (criteria.equals(Criteria.ANY)) return state.count(pattern);
    long[] n = {0};
    state.scan(
        pattern,
        r -> {
          if (matcher.matches(r)) n[0]++;
          return true;
        });
    return n[0];
  }

  private <T> CompletableFuture<T> scan(Supplier<T> work) {
    try {
      return barrier(group()).thenCompose(_ -> scans.read(() -> guarded(work)));
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  // --- writing

  @Override
  public CompletableFuture<Written> write(Write write) {
    String objection = StoreLimits.objection(write, settings.recordBytesMax());
    if (objection != null) return refused(objection);
    byte[] command = StoreCodec.encode(StoreCodec.command(write, time.now().toEpochMilli()));
    return propose(command)
        .thenApply(
            result -> {
              PathRecord r = StoreCodec.decodeRecord(write.path(), result, null);
              if (r.data().length > 0) return new Written(r);
              byte[] data =
                  switch (write) {
                    case Write.Put p -> p.data();
                    case Write.Merge m -> m.data();
                    case Write.Increment _ ->
                        throw new StoreException(Kind.FAILED, "an increment without record", null);
                  };
              return new Written(StoreCodec.decodeRecord(write.path(), result, data));
            });
  }

  private static <T> CompletableFuture<T> refused(String why) {
    return CompletableFuture.failedFuture(new StoreException(Kind.REFUSED, why, null));
  }

  @Override
  public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
    String objection = StoreLimits.removal(pattern, criteria);
    if (objection != null) return refused(objection);
    byte[] command =
        StoreCodec.encode(StoreCodec.removal(pattern, criteria, time.now().toEpochMilli()));
    return propose(command).thenApply(result -> ByteBuffer.wrap(result).getLong());
  }

  private CompletableFuture<byte[]> propose(byte[] command) {
    Consensus group;
    try {
      group = group();
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    }
    return group
        .propose(command)
        .handle(
            (outcome, e) -> {
              if (e != null) {
                throw new StoreException(Kind.UNAVAILABLE, String.valueOf(e.getMessage()), e);
              }
              return switch (outcome) {
                case Outcome.Committed c -> {
                  StoreException why = StoreCodec.refused(c.result());
                  if (why != null) throw why;
                  yield c.result();
                }
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
    if (closed) return;
    closed = true;
    // The group first: its threads apply to the state.
    stop.run();
    ready.completeExceptionally(
        new StoreException(Kind.UNAVAILABLE, "the store was closed before it was ready", null));
    scans.close();
    state.close();
  }
}
