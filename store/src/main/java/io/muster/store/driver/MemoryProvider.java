package io.muster.store.driver;

import io.muster.kernel.TimeSource;
import io.muster.spi.ProviderSettings;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;

/// The provider that keeps nothing: records of one member, in its memory, until it ends. Loaded by
/// its name in `META-INF/services`.
public final class MemoryProvider implements StoreProvider {
  @Override
  public String name() {
    return "memory";
  }

  @Override
  public StoreSetup read(ProviderSettings s) {
    if (!s.flag("per_member", false, "say that each member keeps records of its own, and none")) {
      throw s.wrong(
          "per_member",
          "true: in memory each member has records of its own, which the others do not see and"
              + " which end with it; for records of the whole cluster take 'embedded'");
    }
    long g = 1L << 30;
    MemoryStore.Bounds bounds =
        new MemoryStore.Bounds(
            s.bytes("bytes_max", 64 << 20, 1 << 20, 64 * g, "all records together, in memory"),
            s.bytes("record_bytes_max", 16 << 20, 1 << 10, 128 << 20, "largest record"),
            s.bytes("list_bytes_max", 64 << 20, 1 << 20, g, "largest answer of a wildcard read"));
    return context ->
        new MemoryStore(bounds, context.part(TimeSource.class).orElseGet(TimeSource::system));
  }
}
