package io.muster.spi.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// JSON records by path.
///
/// **Patterns** of `list`, `count` and `remove`: `*` matches any run of characters including `/`,
/// anywhere, case-sensitive, anchored at both ends; a pattern without `*` names one record.
///
/// **Threads.** Callers may be event loops: no method blocks. Futures complete on any thread of the
/// provider; callers hop back themselves.
///
/// **Order.** Writes given by one thread to one path take effect in that order.
///
/// **Guarantees** (embedded provider): an acknowledged write survives the loss of any minority;
/// reads see every write acknowledged before the read began.
///
/// **Failures.** Futures fail with a [StoreException], whose kind says whether the write may have
/// happened.
public interface RecordStore extends AutoCloseable {
  CompletableFuture<Optional<PathRecord>> get(String path);

  CompletableFuture<List<PathRecord>> list(ListQuery query);

  CompletableFuture<Long> count(String pattern);

  CompletableFuture<Written> write(Write write);

  /// Removes the record of a path or all records of a pattern, atomically.
  ///
  /// @return how many there were
  CompletableFuture<Long> remove(String pattern);

  @Override
  void close();
}
