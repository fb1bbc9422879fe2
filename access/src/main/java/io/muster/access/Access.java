package io.muster.access;

import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The door-keeper. Safe on any thread; never blocks.
public interface Access {
  /// Whether users have to log in at all.
  boolean secure();

  /// Whether subscriptions end when the right to them does.
  boolean rechecksSubscriptions();

  /// Whether `on` and `get` of a pattern with `**` are narrowed to what may be seen, rather than
  /// refused where not all of it may.
  boolean nestedPermissions();

  /// Whether tokens may be given up over HTTP.
  boolean allowsLogoutOverHttp();

  /// Checks who somebody says to be, and opens a session for them.
  ///
  /// @return never fails: what went wrong is a [LoginResult.Refused]
  CompletableFuture<LoginResult> login(Credentials credentials, Caller caller);

  /// A number used once, which the holder of a private key signs to log in on this member.
  ///
  /// @return base64; empty when no more can be kept now
  Optional<String> nonce(String publicKey);

  /// Users, groups and permissions, for administration.
  Directory directory();

  /// How somebody proves who they are.
  sealed interface Credentials {
    /// @param authType the provider the client asks for, or null
    record Password(String username, String password, @Nullable String authType)
        implements Credentials {
      @Override
      public String toString() {
        return "password of " + username;
      }
    }

    /// What an earlier login gave.
    record Token(String token) implements Credentials {
      @Override
      public String toString() {
        return "token";
      }
    }

    /// A token that is shown with a single request: no login, so what limits logins with tokens
    /// does not hold.
    record Shown(String token) implements Credentials {
      @Override
      public String toString() {
        return "token";
      }
    }

    /// @param publicKey as it is kept with the user
    /// @param digest the nonce's signature, base64
    record Digest(String username, String publicKey, String digest) implements Credentials {}

    /// Something is missing.
    record Incomplete() implements Credentials {}
  }

  /// The connection that logs in.
  ///
  /// @param session the id of its session
  /// @param stateful whether the session lives as long as a connection (type 1), or is a token that
  ///     is shown with each request (type 0)
  /// @param info what the client tells of itself: a JSON object, not to be believed
  /// @param observer is told what happens to the session
  record Caller(
      String session,
      boolean stateful,
      String protocol,
      InetAddress address,
      byte[] info,
      Observer observer) {}

  /// What a session is told, on a thread of access: hand off at once.
  interface Observer {
    /// The rights of the session may be others now.
    void rightsChanged();

    /// Something changed that concerns the session, see `security-data-changed`.
    ///
    /// @param data a JSON object
    void told(String what, byte[] data);

    /// The session is over, for a reason clients know.
    void ended(String reason);

    /// For those whose sessions end with the request.
    Observer NONE =
        new Observer() {
          @Override
          public void rightsChanged() {}

          @Override
          public void told(String what, byte[] data) {}

          @Override
          public void ended(String reason) {}
        };
  }

  /// How a login ended.
  sealed interface LoginResult {
    record Granted(AccessSession session) implements LoginResult {}

    /// @param code 401 wrong, 403 refused, 503 too many at once
    record Refused(int code, String message) implements LoginResult {}
  }
}
