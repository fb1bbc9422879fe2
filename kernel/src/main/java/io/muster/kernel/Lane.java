package io.muster.kernel;

import java.util.concurrent.Executor;

/// One thread that owns a share of the client connections; tasks handed over by one thread run in
/// the order given.
///
/// What belongs to a connection (its subscriptions, its outbound queue) is touched on its lane
/// only, so none of it needs a lock.
public interface Lane extends Executor {
  /// 0 to lanes - 1.
  int index();

  /// Whether the calling thread is this lane's.
  boolean inLane();
}
