package io.muster.store.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.store.core.StoreRoutes;
import io.muster.store.core.StoreRoutes.Route;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One of two stores is dead.
class RoutedStoreTest {
  /// A store that nobody can reach.
  private static final class Dead implements RecordStore {
    private static <T> CompletableFuture<T> away() {
      return CompletableFuture.failedFuture(new StoreException(Kind.UNAVAILABLE, "away", null));
    }

    @Override
    public CompletableFuture<Void> ready() {
      return away();
    }

    @Override
    public StoreHealth health() {
      return new StoreHealth(StoreHealth.State.STARTING, "away");
    }

    @Override
    public CompletableFuture<Optional<PathRecord>> get(String path) {
      return away();
    }

    @Override
    public CompletableFuture<List<PathRecord>> list(ListQuery query) {
      return away();
    }

    @Override
    public CompletableFuture<Long> count(String pattern, Criteria criteria) {
      return away();
    }

    @Override
    public CompletableFuture<Written> write(Write write) {
      return away();
    }

    @Override
    public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
      return away();
    }

    @Override
    public void close() {}
  }

  @TempDir private Path directory;
  private final StoreMembers members = new StoreMembers(1, 0);
  private RecordStore store;

  @BeforeEach
  void open() {
    members.start(directory);
    StoreRoutes routes = new StoreRoutes(List.of(new Route("/history/*", 1)));
    store =
        new RoutedStore(routes, List.of(members.store(0), new Dead()), List.of("default", "old"));
    store.ready().join();
  }

  @AfterEach
  void close() {
    store.close();
    members.close();
  }

  private static Write put(String path) {
    return new Write.Put(path, "{}".getBytes(UTF_8), null);
  }

  @Test
  void itRefusesItsOwnPathsAndTheOthersGoOn() {
    store.write(put("/live/1")).join();

    assertThat(store.health().good()).isTrue();
    assertThat(store.get("/live/1").join()).isPresent();
    assertThat(store.count("/live/*").join()).isEqualTo(1);
    assertThatThrownBy(() -> store.write(put("/History/1")).join())
        .hasCauseInstanceOf(StoreException.class)
        .hasMessageContaining("away");
    assertThatThrownBy(() -> store.get("/history/1").join()).hasMessageContaining("away");
  }

  @Test
  void whatNeedsBothFailsByNameAndRemovesNothing() {
    store.write(put("/live/1")).join();

    assertThatThrownBy(() -> store.list(ListQuery.all("*")).join())
        .hasMessageContaining("store old: away");
    assertThatThrownBy(() -> store.remove("/*").join())
        .hasMessageContaining("store old: away; nothing was removed");
    assertThat(store.get("/live/1").join()).isPresent();
  }
}
