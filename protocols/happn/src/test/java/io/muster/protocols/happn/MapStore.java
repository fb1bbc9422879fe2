package io.muster.protocols.happn;

import io.muster.kernel.TimeSource;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathOrder;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.Selection;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.store.core.JsonGauge;
import io.muster.store.core.JsonMerge;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Records in a map. Answers at once, when told to, or with a failure.
final class MapStore implements RecordStore {
  private final TimeSource time;
  private final TreeMap<String, PathRecord> records = new TreeMap<>(PathOrder.PATHS);
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean slow;
  private @Nullable StoreException failure;

  MapStore(TimeSource time) {
    this.time = time;
  }

  /// From now on nothing is answered before [#goOn].
  void hold() {
    slow = true;
  }

  /// Answers what was held, the last question first: the order is the session's business.
  void goOn() {
    slow = false;
    for (Runnable r; (r = held.pollLast()) != null; ) r.run();
  }

  /// Fails the next operation.
  void failNext(StoreException.Kind kind) {
    failure = new StoreException(kind, "the store says " + kind, null);
  }

  private <T> CompletableFuture<T> answer(Supplier<T> work) {
    StoreException failed = failure;
    failure = null;
    if (failed != null) return CompletableFuture.failedFuture(failed);
    T result;
    try {
      result = work.get();
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(
          new StoreException(StoreException.Kind.REFUSED, e.getMessage(), e));
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (slow) held.add(() -> answer.complete(result));
    else answer.complete(result);
    return answer;
  }

  private Stream<PathRecord> matching(String pattern) {
    PathPattern p = new PathPattern(pattern);
    return records.values().stream().filter(r -> p.matches(r.path()));
  }

  @Override
  public StoreHealth health() {
    return StoreHealth.GOOD;
  }

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    return answer(() -> Optional.ofNullable(records.get(path)));
  }

  @Override
  public CompletableFuture<List<PathRecord>> list(ListQuery q) {
    Selection selection = new Selection(q, Long.MAX_VALUE, "");
    matching(q.pattern()).forEach(selection::offer);
    List<PathRecord> found = selection.result();
    return answer(() -> found);
  }

  @Override
  public CompletableFuture<Long> count(String pattern, Criteria criteria) {
    CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
    return answer(() -> matching(pattern).filter(matcher::matches).count());
  }

  @Override
  public CompletableFuture<Written> write(Write write) {
    return answer(
        () -> {
          PathRecord old = records.get(write.path());
          if (write.when() == (old == null ? Write.When.PRESENT : Write.When.ABSENT)) {
            String what = old == null ? "there is no such record" : "there is a record already";
            throw new StoreException(StoreException.Kind.UNMET, write.path() + ": " + what, null);
          }
          long now = time.now().toEpochMilli();
          byte[] data =
              switch (write) {
                case Write.Put p -> p.data();
                case Write.Merge m ->
                    old == null ? m.data() : JsonMerge.merge(old.data(), m.data());
                case Write.Increment i ->
                    JsonGauge.add(
                        old == null ? new byte[] {'{', '}'} : old.data(), i.gauge(), i.amount());
              };
          PathRecord made =
              new PathRecord(
                  write.path(),
                  data,
                  old == null ? now : old.created(),
                  now,
                  old == null ? write.by() : old.createdBy(),
                  write.by(),
                  old == null ? 1 : old.version() + 1);
          records.put(write.path(), made);
          return new Written(made);
        });
  }

  @Override
  public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
    CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
    return answer(
        () -> {
          List<String> paths =
              matching(pattern).filter(matcher::matches).map(PathRecord::path).toList();
          paths.forEach(records::remove);
          return (long) paths.size();
        });
  }

  @Override
  public void close() {}
}
