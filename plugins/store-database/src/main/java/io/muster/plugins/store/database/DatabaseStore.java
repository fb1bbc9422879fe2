package io.muster.plugins.store.database;

import io.muster.plugins.store.database.OrderedWork.Order;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.StoreLimits;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records in a database: its blocking calls in the order and within the bounds that a store
/// promises.
///
/// A thread of its own asks the database every second whether it is there. Until it was for the
/// first time, and whenever it is not, everything is refused at once instead of waiting. What an
/// operator has to mend (a password, a right) ends the start; later it is waited for, since a
/// running member has other things to serve.
public final class DatabaseStore implements RecordStore {
  private static final Logger log = LoggerFactory.getLogger(DatabaseStore.class);
  private static final Duration PROBE_EVERY = Duration.ofSeconds(1);
  private static final Duration DEADLINES_EVERY = Duration.ofMillis(50);
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);

  private final Database database;
  private final DatabaseSettings settings;
  private final OrderedWork work;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final ScheduledExecutorService prober;
  private final ScheduledExecutorService deadlines;
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile StoreHealth health;
  private boolean prepared;

  /// Begins to connect.
  ///
  /// @param name of the provider, for threads and the log
  /// @param database closed by this store
  public DatabaseStore(String name, Database database, DatabaseSettings settings) {
    this.database = database;
    this.settings = settings;
    this.work = new OrderedWork(name, settings);
    this.health =
        new StoreHealth(
            StoreHealth.State.STARTING, "connecting to the store at " + database.place());
    this.prober = thread("store-" + name + "-probe");
    this.deadlines = thread("store-" + name + "-deadlines");
    prober.scheduleWithFixedDelay(this::probe, 0, PROBE_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    long every = DEADLINES_EVERY.toMillis();
    deadlines.scheduleWithFixedDelay(work::lookAtTheTime, every, every, TimeUnit.MILLISECONDS);
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().name(name).daemon(true).factory());
  }

  // --- health

  private void probe() {
    if (closing.get()) return;
    try {
      if (prepared) {
        database.probe();
      } else {
        database.prepare();
        prepared = true;
      }
      heard(StoreHealth.GOOD);
      ready.complete(null);
    } catch (StoreException e) {
      failed(e);
    } catch (RuntimeException e) {
      // The prober's outermost frame: what a driver throws unforeseen must not end the probing.
      failed(new StoreException(Kind.UNAVAILABLE, String.valueOf(e), e));
    }
  }

  private void failed(StoreException e) {
    prepared = false;
    if (closing.get()) return;
    String why = database.place() + ": " + e.getMessage();
    boolean starting = !ready.isDone();
    if (starting && e.kind() == Kind.FAILED) {
      heard(new StoreHealth(StoreHealth.State.FAILED, why));
      ready.completeExceptionally(new StoreException(Kind.FAILED, why, e));
      return;
    }
    heard(
        new StoreHealth(
            starting ? StoreHealth.State.STARTING : StoreHealth.State.UNAVAILABLE, why));
  }

  private void heard(StoreHealth now) {
    StoreHealth before = health;
    health = now;
    if (before.state() == now.state() && before.why().equals(now.why())) return;
    if (now.good()) log.info("store state=ready place={}", database.place());
    else log.warn("store state={} why=\"{}\"", now.state(), now.why());
  }

  @Override
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  @Override
  public StoreHealth health() {
    return closing.get() ? StoreHealth.ENDED : health;
  }

  // --- operations

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    if (StoreLimits.pattern(path) != null) return asked(Optional::empty);
    return submit(Order.READ, path, _ -> database.get(path));
  }

  @Override
  public CompletableFuture<List<PathRecord>> list(ListQuery query) {
    if (StoreLimits.pattern(query.pattern()) != null) return asked(List::of);
    String objection = objection(() -> CriteriaLimits.check(query));
    if (objection != null) return refused(objection);
    return submit(scan(query.pattern()), query.pattern(), _ -> database.list(query));
  }

  @Override
  public CompletableFuture<Long> count(String pattern, Criteria criteria) {
    if (StoreLimits.pattern(pattern) != null) return asked(() -> 0L);
    String objection = objection(() -> CriteriaLimits.check(criteria));
    if (objection != null) return refused(objection);
    return submit(scan(pattern), pattern, _ -> database.count(pattern, criteria));
  }

  private static Order scan(String pattern) {
    return new PathPattern(pattern).exact() ? Order.READ : Order.SCAN;
  }

  @Override
  public CompletableFuture<Written> write(Write write) {
    String objection = StoreLimits.objection(write, settings.recordBytesMax());
    if (objection != null) return refused(objection);
    return submit(Order.CHANGE, write.path(), expires -> database.write(write, expires));
  }

  @Override
  public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
    String objection = StoreLimits.pattern(pattern);
    if (objection == null) objection = objection(() -> CriteriaLimits.check(criteria));
    if (objection != null) return refused(objection);
    Order order = new PathPattern(pattern).exact() ? Order.CHANGE : Order.SWEEP;
    return submit(order, pattern, expires -> database.remove(pattern, criteria, expires));
  }

  private static @Nullable String objection(Runnable check) {
    try {
      check.run();
      return null;
    } catch (CriteriaException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private <T> CompletableFuture<T> submit(Order order, String at, OrderedWork.Call<T> call) {
    StoreHealth now = health();
    if (!now.good()) return unavailable(now);
    return work.submit(order, at, call);
  }

  /// What is known without asking, as long as the store is there.
  private <T> CompletableFuture<T> asked(Supplier<T> answer) {
    StoreHealth now = health();
    return now.good() ? CompletableFuture.completedFuture(answer.get()) : unavailable(now);
  }

  private static <T> CompletableFuture<T> unavailable(StoreHealth now) {
    return CompletableFuture.failedFuture(
        new StoreException(Kind.UNAVAILABLE, now.why() + "; nothing was done", null));
  }

  private static <T> CompletableFuture<T> refused(String why) {
    return CompletableFuture.failedFuture(new StoreException(Kind.REFUSED, why, null));
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) return;
    ready.completeExceptionally(
        new StoreException(Kind.UNAVAILABLE, "the store was closed before it was ready", null));
    work.stop();
    // What was sent may as well be answered; the deadlines still run meanwhile.
    work.awaitIdle(CLOSE_GRACE);
    prober.shutdown();
    database.close();
    work.close();
    deadlines.shutdown();
    try {
      prober.awaitTermination(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS);
      deadlines.awaitTermination(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
