package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.access.Directory;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// `_ADMIN` with the password `secret`, who may do everything but below `/forbidden`, and some
/// whose logins end otherwise: `ada` may nothing, `busy` comes at a bad time, `locked` is locked
/// out.
final class OneUser implements Access {
  private final BooleanSupplier secure;

  private final boolean logout;

  /// Whether permissions are nested.
  boolean nested;

  /// Whether `_ADMIN` may do something below `/forbidden` after all.
  boolean lenient;

  /// Who logged in last.
  private @Nullable Session opened;

  /// Tells who logged in last that the rights are others now.
  void rightsChanged() {
    Session s = opened;
    if (s != null) s.caller.observer().rightsChanged();
  }

  OneUser(BooleanSupplier secure) {
    this(secure, false);
  }

  /// @param logout whether tokens may be given up over HTTP
  OneUser(BooleanSupplier secure, boolean logout) {
    this.secure = secure;
    this.logout = logout;
  }

  @Override
  public boolean secure() {
    return secure.getAsBoolean();
  }

  @Override
  public boolean rechecksSubscriptions() {
    return true;
  }

  @Override
  public boolean nestedPermissions() {
    return nested;
  }

  @Override
  public boolean allowsLogoutOverHttp() {
    return logout;
  }

  @Override
  public CompletableFuture<LoginResult> login(Credentials credentials, Caller caller) {
    LoginResult result =
        switch (credentials) {
          case Credentials.Password p -> password(caller, p.username() + ":" + p.password());
          case Credentials.Token t -> token(caller, t.token());
          case Credentials.Shown t -> token(caller, t.token());
          case Credentials.Digest _, Credentials.Incomplete _ ->
              new LoginResult.Refused(401, "Invalid credentials");
        };
    return CompletableFuture.completedFuture(result);
  }

  private LoginResult password(Caller caller, String given) {
    return switch (given) {
      case "_ADMIN:secret" ->
          new LoginResult.Granted(new Session(caller, "_ADMIN", caller.session()));
      case "ada:+ &ü" -> new LoginResult.Granted(new Session(caller, "ada", caller.session()));
      case "busy:secret" -> new LoginResult.Refused(503, "too many logins wait already");
      case "locked:secret" -> new LoginResult.Refused(403, "Account locked out");
      default -> new LoginResult.Refused(401, "Invalid credentials");
    };
  }

  /// Tokens are named after the user and the session that was given them.
  private LoginResult token(Caller caller, String token) {
    if (token.equals("revoked")) return new LoginResult.Refused(403, "token has been revoked");
    if (token.startsWith("token-of-ada-at-")) {
      return new LoginResult.Granted(new Session(caller, "ada", token.substring(16)));
    }
    return token.startsWith("token-of-")
        ? new LoginResult.Granted(new Session(caller, "_ADMIN", token.substring(9)))
        : new LoginResult.Refused(401, "Invalid credentials: invalid session token");
  }

  @Override
  public Optional<String> nonce(String publicKey) {
    return Optional.of("bm9uY2U=");
  }

  @Override
  public Directory directory() {
    throw new UnsupportedOperationException("nobody is administered here");
  }

  private final class Session implements AccessSession {
    private final Caller caller;
    private final String username;
    private final String parent;

    Session(Caller caller, String username, String parent) {
      this.caller = caller;
      this.username = username;
      this.parent = parent;
      opened = this;
    }

    @Override
    public String username() {
      return username;
    }

    @Override
    public String parent() {
      return parent;
    }

    @Override
    public String id() {
      return caller.session();
    }

    @Override
    public String userid() {
      return "id-of-admin";
    }

    @Override
    public String authType() {
      return "happn";
    }

    @Override
    public boolean admin() {
      return username.equals("_ADMIN");
    }

    @Override
    public String token() {
      return admin() ? "token-of-" + parent : "token-of-" + username + "-at-" + parent;
    }

    @Override
    public byte[] user() {
      return utf8(
          "{\"custom_data\":{},\"username\":\"_ADMIN\",\"userid\":\"id-of-admin\","
              + "\"permissions\":{}}");
    }

    @Override
    public byte[] policies() {
      return utf8(
          "{\"0\":{\"ttl\":0,\"inactivity_threshold\":null},"
              + "\"1\":{\"ttl\":0,\"inactivity_threshold\":null}}");
    }

    private static byte[] utf8(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String rightsKey() {
      return "_ADMIN";
    }

    @Override
    public @Nullable Refusal over() {
      return null;
    }

    @Override
    public boolean timed() {
      return false;
    }

    @Override
    public boolean allows(Action action, String path) {
      return admin() && (lenient || !path.startsWith("/forbidden"));
    }

    @Override
    public Sight look(Action action, String pattern) {
      return allows(action, pattern)
          ? new Sight(null, true)
          : new Sight(Refusal.UNAUTHORIZED, false);
    }

    @Override
    public @Nullable Refusal check(Action action, String path) {
      return allows(action, path) ? null : Refusal.UNAUTHORIZED;
    }

    @Override
    public Optional<Actor> actingFor(String username) {
      return Optional.empty();
    }

    @Override
    public CompletableFuture<Void> revokeToken() {
      caller.observer().ended("token-revoked");
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> endChildren() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> changePassword(@Nullable String old, @Nullable String wanted) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}
