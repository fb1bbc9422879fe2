package io.muster.spi.auth;

/// A provider with its settings read. Immutable.
public interface AuthSetup {
  /// Opens it for a member; called once, on the thread that starts the member, before clients may
  /// come. It waits for nobody: whoever knows the passwords may be away while a member starts, and
  /// come back later.
  Authenticator open();
}
