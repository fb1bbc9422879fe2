package io.muster.store.driver;

import io.muster.spi.store.PathRecord;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// The last change of each record that was applied and is not in the database yet: what is written
/// often goes there once for many changes.
///
/// Read by any thread; changed under its owner's lock.
final class Unwritten {
  /// After a crash so many commands of the log are applied again, which takes moments.
  private static final int COMMANDS_MAX = 10_000;

  private static final long BYTES_MAX = 4 << 20;
  private final Map<String, Optional<PathRecord>> records = new ConcurrentHashMap<>();
  private int commands;
  private long bytes;

  /// The record, empty when it was removed; what `database` has when nothing of it is here.
  Optional<PathRecord> get(String path, Function<String, Optional<PathRecord>> database) {
    Optional<PathRecord> here = records.get(path);
    return here != null ? here : database.apply(path);
  }

  void add(Map<String, Optional<PathRecord>> changed, int count) {
    records.putAll(changed);
    commands += count;
    // Records that are changed again count again: a bound on the memory, not its measure.
    changed.forEach(
        (path, r) -> bytes += 64 + path.length() + r.map(x -> x.data().length).orElse(0));
  }

  boolean isEmpty() {
    return commands == 0;
  }

  boolean full() {
    return commands >= COMMANDS_MAX || bytes >= BYTES_MAX;
  }

  void forEach(BiConsumer<String, Optional<PathRecord>> each) {
    records.forEach(each);
  }

  void clear() {
    records.clear();
    commands = 0;
    bytes = 0;
  }
}
