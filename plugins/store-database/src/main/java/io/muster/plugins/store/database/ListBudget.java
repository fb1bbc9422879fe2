package io.muster.plugins.store.database;

import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import java.util.ArrayList;
import java.util.List;

/// Collects the records of a list, and refuses when they become too large to be held. For one
/// thread.
public final class ListBudget {
  /// What a record costs beside its data, roughly.
  private static final long RECORD_BYTES = 100;

  private final String pattern;
  private final long bytesMax;
  private final List<PathRecord> found = new ArrayList<>();
  private long bytes;

  public ListBudget(String pattern, long bytesMax) {
    this.pattern = pattern;
    this.bytesMax = bytesMax;
  }

  /// @throws StoreException `REFUSED` when there are more bytes than may be
  public void add(PathRecord r) {
    bytes += r.data().length + RECORD_BYTES;
    if (bytes > bytesMax) {
      throw new StoreException(
          Kind.REFUSED,
          "more than "
              + bytesMax
              + " bytes match "
              + pattern
              + "; narrow the pattern or raise store.list_bytes_max",
          null);
    }
    found.add(r);
  }

  /// All of them, immutable.
  public List<PathRecord> records() {
    return List.copyOf(found);
  }
}
