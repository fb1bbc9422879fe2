package io.muster.spi.check;

import java.util.concurrent.Executor;

/// What a member gives its checks.
public interface CheckContext {
  /// The cluster whose targets are probed.
  String cluster();

  /// Runs each task on a virtual thread of its own, where it may block. As many run at once as
  /// probes do; a task whose probe is over is interrupted.
  Executor blocking();
}
