package io.muster.spi.check;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// What a member gives its checks.
public interface CheckContext {
  /// The cluster whose targets are probed.
  String cluster();

  /// Runs a probe that blocks, on a virtual thread of its own. Cancelling the future interrupts it.
  ///
  /// As many run at once as probes do, see [CheckSetup#concurrent]. Work that holds its carrier
  /// thread, such as reading the output of a process, wants a thread of its own instead.
  CompletableFuture<Finding> blocking(Callable<Finding> probe);
}
