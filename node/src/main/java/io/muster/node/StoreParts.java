package io.muster.node;

import io.muster.spi.store.StoreContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a store is told of its member.
record StoreParts(String cluster, String member, Path directory, List<Object> all)
    implements StoreContext {
  @Override
  public <T> Optional<T> part(Class<T> type) {
    return all.stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
