package io.muster.access;

import java.util.concurrent.CompletableFuture;

/// The door-keeper. Safe on any thread; never blocks.
public interface Access {
  /// Whether users have to log in at all.
  boolean secure();

  /// Checks a name and a password.
  CompletableFuture<LoginResult> login(String username, String password);

  /// Checks a token that an earlier login gave.
  CompletableFuture<LoginResult> login(String token);

  /// A new session token of an identity.
  ///
  /// @param session the session it is made for; sessions that log in with it become its children
  String token(Identity identity, String session);

  /// How a login ended.
  sealed interface LoginResult {
    /// @param session the session whose token was used, or empty
    record Granted(Identity identity, String session) implements LoginResult {}

    /// @param code 401 wrong, 403 refused, 503 too many at once
    record Refused(int code, String message) implements LoginResult {}
  }

  /// A user who has proved it.
  record Identity(String username, String userid, boolean admin) {}
}
