package io.muster.spi.action;

/// Does something when an event has happened. Safe on any thread: firings may overlap where the
/// user asked for it.
public interface Action extends AutoCloseable {
  /// Does it once, on a virtual thread of its own, where it may block. It is interrupted when its
  /// time is over or the member stops; it then ends soon and gives everything back.
  ///
  /// @return how it went; an exception counts as a failure with the exception's message, so that
  ///     holds nothing secret
  /// @throws InterruptedException when it was interrupted
  ActionReport run(Firing firing) throws InterruptedException;

  /// Gives everything back; called once, after the last run has ended or was interrupted.
  @Override
  default void close() {}
}
