package io.muster.contract;

import io.muster.spi.store.StoreContext;
import java.nio.file.Path;
import java.util.Optional;

/// A member that has nothing but names and a directory, for tests of providers.
public record TestContext(String cluster, String member, Path directory) implements StoreContext {
  @Override
  public <T> Optional<T> part(Class<T> type) {
    return Optional.empty();
  }
}
