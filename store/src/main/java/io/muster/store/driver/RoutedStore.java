package io.muster.store.driver;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordSort;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.store.core.StoreRoutes;
import io.muster.store.core.StoreRoutes.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/// Several stores as one: each path belongs to one of them.
///
/// What a wildcard asks of several stores is asked of all of them at once and put together, and
/// fails when one of them fails: half an answer would look like a whole one. A removal goes from
/// store to store; it is atomic in each of them.
///
/// Ready and health are those of the default store, though the others are waited for a while. One
/// of them that is dead refuses its own paths, and a member can live without it.
public final class RoutedStore implements RecordStore {
  private static final Duration OTHERS_WITHIN = Duration.ofSeconds(10);

  private final StoreRoutes routes;
  private final List<RecordStore> stores;
  private final List<String> names;

  /// @param stores by their numbers in `routes`, closed by this one
  /// @param names theirs, for messages
  public RoutedStore(StoreRoutes routes, List<RecordStore> stores, List<String> names) {
    this.routes = routes;
    this.stores = List.copyOf(stores);
    this.names = List.copyOf(names);
  }

  @Override
  public CompletableFuture<Void> ready() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    all.add(stores.getFirst().ready());
    for (RecordStore other : stores.subList(1, stores.size())) {
      all.add(
          other
              .ready()
              .<Void>handle((_, _) -> null)
              .completeOnTimeout(null, OTHERS_WITHIN.toMillis(), TimeUnit.MILLISECONDS));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  @Override
  public StoreHealth health() {
    return stores.getFirst().health();
  }

  private RecordStore of(String path) {
    return stores.get(routes.storeOf(path));
  }

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    return of(path).get(path);
  }

  @Override
  public CompletableFuture<Written> write(Write write) {
    return of(write.path()).write(write);
  }

  @Override
  public CompletableFuture<List<PathRecord>> list(ListQuery q) {
    List<Part> parts = routes.of(q.pattern());
    if (parts.size() == 1) return stores.get(parts.getFirst().store()).list(q);
    // From each as many as the page could need.
    long most = q.limit() > Long.MAX_VALUE - q.skip() ? 0 : q.limit() + q.skip();
    long limit = q.limit() == 0 ? 0 : most;
    return together(
        parts,
        (store, owned) -> {
          Criteria criteria = StoreRoutes.both(q.criteria(), owned);
          return store.list(new ListQuery(q.pattern(), criteria, q.sort(), 0, limit));
        },
        found -> page(q, found));
  }

  private static List<PathRecord> page(ListQuery q, List<List<PathRecord>> found) {
    RecordSort sort = new RecordSort(q.sort());
    List<RecordSort.Keyed> all = new ArrayList<>();
    for (List<PathRecord> some : found) for (PathRecord r : some) all.add(sort.keyed(r));
    all.sort(sort);
    int from = (int) Math.min(q.skip(), all.size());
    int left = all.size() - from;
    int to = q.limit() == 0 ? all.size() : from + (int) Math.min(q.limit(), left);
    return all.subList(from, to).stream().map(RecordSort.Keyed::record).toList();
  }

  @Override
  public CompletableFuture<Long> count(String pattern, Criteria criteria) {
    List<Part> parts = routes.of(pattern);
    if (parts.size() == 1) {
      return stores.get(parts.getFirst().store()).count(pattern, criteria);
    }
    return together(
        parts,
        (store, owned) -> store.count(pattern, StoreRoutes.both(criteria, owned)),
        counts -> counts.stream().mapToLong(Long::longValue).sum());
  }

  private <T, R> CompletableFuture<R> together(
      List<Part> parts,
      BiFunction<RecordStore, Criteria, CompletableFuture<T>> ask,
      java.util.function.Function<List<T>, R> put) {
    List<CompletableFuture<T>> asked = new ArrayList<>();
    for (Part p : parts) {
      asked.add(
          ask.apply(stores.get(p.store()), p.owned())
              .exceptionallyCompose(e -> CompletableFuture.failedFuture(of(p, e, 0))));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(_ -> put.apply(asked.stream().map(CompletableFuture::join).toList()));
  }

  /// A failure of one of several stores, by its name.
  ///
  /// @param done how many records others have removed already
  private StoreException of(Part part, Throwable e, long done) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    String why = "store " + names.get(part.store()) + ": " + cause.getMessage();
    Kind kind = cause instanceof StoreException s ? s.kind() : Kind.FAILED;
    if (done == 0) return new StoreException(kind, why, cause);
    return new StoreException(
        Kind.UNKNOWN, why + "; " + done + " records of other stores were removed", cause);
  }

  @Override
  public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
    List<Part> parts = routes.of(pattern);
    if (parts.size() == 1) {
      return stores.get(parts.getFirst().store()).remove(pattern, criteria);
    }
    for (Part p : parts) {
      StoreHealth health = stores.get(p.store()).health();
      if (health.good()) continue;
      String why = "store " + names.get(p.store()) + ": " + health.why() + "; nothing was removed";
      return CompletableFuture.failedFuture(new StoreException(Kind.UNAVAILABLE, why, null));
    }
    CompletableFuture<Long> removed = CompletableFuture.completedFuture(0L);
    for (Part p : parts) {
      removed =
          removed.thenCompose(
              n ->
                  stores
                      .get(p.store())
                      .remove(pattern, StoreRoutes.both(criteria, p.owned()))
                      .thenApply(more -> n + more)
                      .exceptionallyCompose(e -> CompletableFuture.failedFuture(of(p, e, n))));
    }
    return removed;
  }

  @Override
  public void close() {
    for (RecordStore store : stores.reversed()) store.close();
  }
}
