package io.muster.plugins.store.database;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import java.util.List;
import java.util.Optional;

/// A database behind blocking calls.
///
/// **Threads.** [#prepare] and [#probe] are called by one thread, the others by at most
/// [DatabaseSettings#threads] at once. Every call ends by itself soon after
/// [DatabaseSettings#timeout].
///
/// **Failures** are a [StoreException]: `UNKNOWN` only for a write or removal that was sent and
/// whose answer was lost, `FAILED` where an operator has to do something.
///
/// Paths, patterns and data were checked against [Limits] before.
public interface Database extends AutoCloseable {
  /// Where it is, for messages: no secrets.
  String place();

  /// Connects, makes what is missing (a table, say) and checks rights. Called until it succeeds,
  /// and again after [#probe] failed.
  void prepare();

  /// Finds out whether the database answers; called every second.
  void probe();

  Optional<PathRecord> get(String path);

  /// An immutable list in the order asked for; the query is within its limits.
  List<PathRecord> list(ListQuery query);

  /// @param criteria within their limits
  long count(String pattern, Criteria criteria);

  /// @param expires epoch milliseconds of this machine: by then the caller has been told that the
  ///     outcome is unknown, and what has not happened should not happen any more
  Written write(Write write, long expires);

  /// @param expires as in [#write]
  long remove(String pattern, Criteria criteria, long expires);

  /// Breaks what is under way. Called once, on any thread, also before [#prepare] succeeded.
  @Override
  void close();
}
