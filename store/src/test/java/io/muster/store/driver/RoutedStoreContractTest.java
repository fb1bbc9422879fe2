package io.muster.store.driver;

import io.muster.contract.StoreContract;
import io.muster.spi.store.RecordStore;
import io.muster.store.core.StoreRoutes;
import io.muster.store.core.StoreRoutes.Route;
import java.nio.file.Path;
import java.util.List;

/// Two stores that look like one: what belongs to which must not be seen from outside.
class RoutedStoreContractTest extends StoreContract {
  private final StoreMembers first = new StoreMembers(1, 0);
  private final StoreMembers second = new StoreMembers(1, 0);

  @Override
  protected RecordStore open(Path directory) {
    first.start(directory.resolve("first"));
    second.start(directory.resolve("second"));
    List<Route> routes =
        List.of(
            new Route("*b*", 1),
            new Route("/P/1*", 1),
            new Route("/many/*7*", 1),
            new Route("/x/1/*", 1),
            new Route("*a", 1));
    return new RoutedStore(
        new StoreRoutes(routes), List.of(first.store(0), second.store(0)), List.of("a", "b"));
  }

  @Override
  protected void closeRest() {
    first.close();
    second.close();
  }

  @Override
  protected int recordBytesMax() {
    return 2 << 20;
  }
}
