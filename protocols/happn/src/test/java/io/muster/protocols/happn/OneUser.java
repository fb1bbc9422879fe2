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

/// One user, `_ADMIN` with the password `secret`, who may do everything but below `/forbidden`.
final class OneUser implements Access {
  private final BooleanSupplier secure;

  OneUser(BooleanSupplier secure) {
    this.secure = secure;
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
  public CompletableFuture<LoginResult> login(Credentials credentials, Caller caller) {
    LoginResult result =
        switch (credentials) {
          case Credentials.Password p
              when p.username().equals("_ADMIN") && p.password().equals("secret") ->
              new LoginResult.Granted(new Session(caller, caller.session()));
          case Credentials.Token t when t.token().startsWith("token-of-") ->
              new LoginResult.Granted(new Session(caller, t.token().substring(9)));
          case Credentials.Token _ ->
              new LoginResult.Refused(401, "Invalid credentials: invalid session token");
          case Credentials.Password _, Credentials.Digest _, Credentials.Incomplete _ ->
              new LoginResult.Refused(401, "Invalid credentials");
        };
    return CompletableFuture.completedFuture(result);
  }

  @Override
  public Optional<String> nonce(String publicKey) {
    return Optional.of("bm9uY2U=");
  }

  @Override
  public Directory directory() {
    throw new UnsupportedOperationException("nobody is administered here");
  }

  private record Session(Caller caller, String parent) implements AccessSession {
    @Override
    public String id() {
      return caller.session();
    }

    @Override
    public String username() {
      return "_ADMIN";
    }

    @Override
    public String userid() {
      return "id-of-admin";
    }

    @Override
    public boolean admin() {
      return true;
    }

    @Override
    public String token() {
      return "token-of-" + parent;
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
      return !path.startsWith("/forbidden");
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
