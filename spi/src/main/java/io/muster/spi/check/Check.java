package io.muster.spi.check;

import java.util.concurrent.CompletableFuture;

/// Probes targets. Safe on any thread.
public interface Check extends AutoCloseable {
  /// Asks a target once. Must not block: what blocks runs in [CheckContext#blocking]. The same
  /// target is never probed twice at once; different ones are. Whoever needs bounds for what it
  /// holds says them as [CheckSetup#concurrent].
  ///
  /// It ends within [Probe#timeout] by itself where it can say more than that time is over;
  /// otherwise the future is cancelled then, the probe counts as failed with `Timed out`, and
  /// everything it holds must be given back (a connection closed, a process group killed).
  ///
  /// @return what was found; one that fails with an exception counts as critical with the
  ///     exception's message, so it holds nothing secret
  CompletableFuture<Finding> probe(Probe probe);

  /// Gives everything back; called once, after the last probe was cancelled. Does not wait.
  @Override
  void close();
}
