package io.muster.kernel;

import java.util.concurrent.Executor;

/// One thread that owns a share of the client connections; tasks handed over by one thread run in
/// the order given.
///
/// What belongs to a connection (its subscriptions, its outbound queue) is touched on its lane
/// only, so none of it needs a lock.
public interface Lane extends Executor {
  /// Runs `task` on the lane soon, unless the lane has ended; any thread, never blocks.
  ///
  /// @return false when the lane has ended, and all that lived on it: the task was dropped
  boolean offer(Runnable task);

  /// As [#offer], for what needs no place once the lane has ended.
  @Override
  default void execute(Runnable task) {
    offer(task);
  }

  /// 0 to lanes - 1.
  int index();

  /// Whether the calling thread is this lane's.
  boolean inLane();
}
