package io.muster.access;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A session of a user who has proved it. [#check] belongs to one thread; all else may be called on
/// any.
public interface AccessSession extends Actor, AutoCloseable {
  String id();

  /// The session whose token was used to log in, or this one.
  String parent();

  String userid();

  /// The provider that checks the user's password.
  String authType();

  /// Whether this is the cluster's administrator.
  boolean admin();

  /// What another session can log in with. A secret.
  String token();

  /// What clients are told of their user: `{"username", "userid", "custom_data", "permissions"}`.
  byte[] user();

  /// The policies of both kinds of session as clients are told: `{"0": {…}, "1": {…}}`.
  byte[] policies();

  /// Names the set of rights, so that clients see whether two sessions have the same.
  String rightsKey();

  /// Whether the session is over for everybody, whatever is asked: its token was revoked, it is too
  /// old or was silent too long. Asked for requests that need no permission.
  @Nullable Refusal over();

  /// Whether the session ends by itself after some time, so that [#over] should be asked now and
  /// then.
  boolean timed();

  /// Somebody else in whose name this session may act, see `onBehalfOf`.
  ///
  /// @return empty when it may not, or when there is no such user
  Optional<Actor> actingFor(String username);

  /// Makes the session's token useless everywhere; sessions with it end, this one, too.
  CompletableFuture<Void> revokeToken();

  /// Ends all other sessions that logged in with a token of this one, on all members.
  CompletableFuture<Void> endChildren();

  /// Changes the user's password. Other sessions go on.
  ///
  /// @return fails with `access_invalid` and the text clients know
  CompletableFuture<Void> changePassword(@Nullable String old, @Nullable String wanted);

  /// Forgets the session.
  @Override
  void close();
}
