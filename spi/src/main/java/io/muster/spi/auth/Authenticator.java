package io.muster.spi.auth;

/// Says whether names and passwords belong together.
public interface Authenticator extends AutoCloseable {
  /// Checks one login. Called on threads of the provider's own, as many at once as `logins_max`
  /// says, so it may block; a member's event loops never wait for it.
  ///
  /// When [Attempt#left] is over nobody waits any more: the client has been told so, the thread is
  /// interrupted, and what is answered then is dropped. Until the call ends its thread is not free
  /// for others: a provider that does not end when it is interrupted keeps its own logins waiting
  /// and nobody else's. It changes nothing, so that a client may repeat a login.
  ///
  /// @return never null
  /// @throws Exception when it cannot be said now. The client is told that the provider failed,
  ///     without the message, which is logged; so it holds nothing secret
  Verdict check(Attempt attempt) throws Exception;

  /// Gives everything back; called once, after the last check was interrupted, which may not have
  /// ended yet. Does not wait.
  @Override
  void close();
}
