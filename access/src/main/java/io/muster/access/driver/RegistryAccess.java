package io.muster.access.driver;

import io.muster.access.Access;
import io.muster.access.AccessSettings;
import io.muster.access.AuthProviders;
import io.muster.access.Directory;
import io.muster.access.core.AccessKeys;
import io.muster.access.core.Lockout;
import io.muster.access.core.Policy;
import io.muster.access.core.UserRecord;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Access] over the registry: what one member changes all know as soon as they have applied it.
public final class RegistryAccess implements Access, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RegistryAccess.class);
  static final String ADMIN = "_ADMIN";
  static final String ANONYMOUS = "_ANONYMOUS";
  private static final LoginResult WRONG = new LoginResult.Refused(401, "Invalid credentials");
  private final AccessSettings settings;
  private final String member;
  private final TimeSource time;
  private final Registry registry;
  private final AccessState state = new AccessState();
  private final RegistryDirectory directory;
  private final Tokens tokens;
  private final KeyPairs keyPairs;
  private final PasswordChecks passwords;
  private final Lockout lockout;
  private final Activities activities;
  private final Logins logins;

  private RegistryAccess(
      Registry registry, AccessSettings settings, String member, TimeSource time, byte[] secret) {
    this.registry = registry;
    this.settings = settings;
    this.member = member;
    this.time = time;
    this.tokens = new Tokens(secret);
    this.keyPairs = new KeyPairs(time, settings.nonceTtl().toNanos());
    this.passwords = new PasswordChecks(time, settings.iterations());
    this.lockout = new Lockout(settings.lockoutAttempts(), settings.lockoutTime().toNanos());
    this.activities = new Activities(time, settings.activityTtl(), settings.logActivity());
    this.logins = new Logins(settings.auth(), this, time);
    this.directory = new RegistryDirectory(this, registry, settings, passwords);
  }

  /// Creates what is missing in the registry and checks that the configured password is the
  /// cluster's. Blocks: call while the member starts.
  ///
  /// @param member this member's name, which tokens tell as their origin
  /// @throws MusterException `admin_password_mismatch`
  public static RegistryAccess start(
      Registry registry, AccessSettings settings, String member, TimeSource time) {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    byte[] secret = registry.putIfAbsent(AccessKeys.TOKEN_SECRET, random).join();
    Secret password = settings.adminPassword().orElse(AccessSettings.SAMPLE);
    RegistryAccess access = new RegistryAccess(registry, settings, member, time, secret);
    String hash = access.directory.found(password.reveal());
    if (settings.secure() && !Passwords.matches(password.reveal(), hash)) {
      access.close();
      throw new MusterException(
          ErrorCode.ADMIN_PASSWORD_MISMATCH,
          "security.admin_password: Invalid credentials: it is not the password this cluster was"
              + " founded with");
    }
    access.state.follow(registry);
    return access;
  }

  TimeSource time() {
    return time;
  }

  AccessState state() {
    return state;
  }

  RegistryDirectory registryDirectory() {
    return directory;
  }

  Logins logins() {
    return logins;
  }

  /// Whether a user is the cluster's own, whose password no other provider knows.
  static boolean reserved(String name) {
    return name.equals(ADMIN) || name.equals(ANONYMOUS);
  }

  Activities activities() {
    return activities;
  }

  /// From now on it is recorded, or not, what each session asks last.
  public void recordActivity(boolean now) {
    if (now != activities.on()) log.info("session_activity recorded={}", now);
    activities.on(now);
  }

  /// From now on each change of users, groups, permissions, lookup tables and tokens is handed over
  /// as soon as it holds on this member, in the order in which the cluster decided them.
  ///
  /// @param changes `{"<event>": {"<key>": {"changedData": {…}}}}` in UTF-8; called on the
  ///     registry's thread, must not block
  public void replicate(Consumer<byte[]> changes) {
    state.replicate(changes);
  }

  Tokens tokens() {
    return tokens;
  }

  @Override
  public boolean secure() {
    return settings.secure();
  }

  @Override
  public boolean rechecksSubscriptions() {
    return settings.recheckSubscriptions();
  }

  @Override
  public boolean nestedPermissions() {
    return settings.nestedPermissions();
  }

  @Override
  public boolean allowsLogoutOverHttp() {
    return settings.logoutOverHttp();
  }

  @Override
  public Directory directory() {
    return directory;
  }

  @Override
  public Optional<String> nonce(String publicKey) {
    return keyPairs.nonce(publicKey);
  }

  /// As names are kept and compared.
  String canonical(String username) {
    String plain = username.replace("*", "");
    boolean keep =
        !settings.caseInsensitive()
            || plain.equals(ADMIN)
            || plain.equals(ANONYMOUS)
            || settings.caseSensitiveNames().contains(plain);
    return keep ? plain : plain.toLowerCase(Locale.ROOT);
  }

  private static CompletableFuture<LoginResult> refused(int code, String message) {
    return CompletableFuture.completedFuture(new LoginResult.Refused(code, message));
  }

  // --- login

  @Override
  public CompletableFuture<LoginResult> login(Credentials credentials, Caller caller) {
    return switch (credentials) {
      case Credentials.Incomplete _ -> CompletableFuture.completedFuture(WRONG);
      case Credentials.Token t -> CompletableFuture.completedFuture(token(t.token(), caller, true));
      case Credentials.Shown t ->
          CompletableFuture.completedFuture(token(t.token(), caller, false));
      case Credentials.Password p -> named(p.username(), caller, name -> proved(name, p));
      case Credentials.Digest d -> named(d.username(), caller, name -> digest(name, d));
    };
  }

  private interface Proof {
    /// @return the user, or null when it is no proof
    CompletableFuture<@Nullable UserRecord> of(String name);
  }

  private CompletableFuture<LoginResult> named(String given, Caller caller, Proof proof) {
    String name = canonical(given);
    if (name.equals(ANONYMOUS)) {
      if (!settings.anonymous()) return refused(401, "Anonymous access is disabled");
      return CompletableFuture.completedFuture(
          state.read(m -> m.user(ANONYMOUS)).map(u -> opened(u, caller)).orElse(WRONG));
    }
    if (name.equals(ADMIN) && !settings.adminOverNetwork()) {
      return refused(403, "use of _ADMIN credentials over the network is disabled");
    }
    synchronized (lockout) {
      if (lockout.locked(name, time.nanos())) return refused(403, "Account locked out");
    }
    return proof
        .of(name)
        .<LoginResult>thenApply(
            user -> {
              synchronized (lockout) {
                if (user == null) lockout.failed(name, time.nanos());
                else lockout.succeeded(name);
              }
              return user == null ? WRONG : opened(user, caller);
            })
        .exceptionally(
            e -> {
              Throwable cause = e instanceof CompletionException c ? c.getCause() : e;
              if (cause instanceof MusterException m
                  && (m.code() == ErrorCode.TOO_MANY_LOGINS
                      || m.code() == ErrorCode.AUTH_PROVIDER_FAILED)) {
                return new LoginResult.Refused(503, String.valueOf(m.getMessage()));
              }
              if (cause instanceof Logins.Refused r) {
                return new LoginResult.Refused(401, String.valueOf(r.getMessage()));
              }
              log.error("login_failed user={}", name, e);
              return new LoginResult.Refused(500, "login failed");
            });
  }

  /// Asks what is known here, and where that does not do, what the cluster knows: the user may have
  /// been changed a moment ago on another member.
  private CompletableFuture<@Nullable UserRecord> known(
      String name, Function<@Nullable UserRecord, CompletableFuture<Boolean>> check) {
    UserRecord here = state.read(m -> m.user(name)).orElse(null);
    return check
        .apply(here)
        .thenCompose(
            good -> {
              if (good) return CompletableFuture.completedFuture(here);
              return registry
                  .get(AccessKeys.user(name))
                  .handle((_, _) -> state.read(m -> m.user(name)).orElse(null))
                  .thenCompose(
                      now -> {
                        if (now == null || now.equals(here)) {
                          return CompletableFuture.completedFuture(null);
                        }
                        return check.apply(now).thenApply(g -> g ? now : null);
                      });
            });
  }

  /// Lets the user's provider check the password.
  private CompletableFuture<@Nullable UserRecord> proved(String name, Credentials.Password p) {
    Optional<String> provider;
    try {
      UserRecord here = state.read(m -> m.user(name)).orElse(null);
      provider = logins.provider(name, here, p.authType());
    } catch (Logins.Refused e) {
      return CompletableFuture.failedFuture(e);
    }
    // Where nobody may say yes it takes as long as a wrong password does.
    if (provider.isEmpty()) return passwords.matches(name, p.password(), null).thenApply(_ -> null);
    return provider.get().equals(AuthProviders.OWN)
        ? password(name, p)
        : logins.check(provider.get(), name, p.password());
  }

  private CompletableFuture<@Nullable UserRecord> password(String name, Credentials.Password p) {
    return known(
        name,
        user -> {
          String hash = user == null ? null : user.password();
          return passwords
              .matches(name, p.password(), hash)
              .thenApply(
                  good -> {
                    if (good && user != null) upgrade(user, p.password());
                    return good;
                  });
        });
  }

  /// A hash with fewer rounds than configured is made anew while the password is at hand.
  private void upgrade(UserRecord user, String password) {
    String hash = user.password();
    if (hash == null || !Passwords.weak(hash, settings.iterations())) return;
    directory
        .rehash(user.username(), hash, password)
        .whenComplete(
            (_, e) -> {
              if (e != null) log.warn("password_hash_not_upgraded user={}", user.username(), e);
            });
  }

  private CompletableFuture<@Nullable UserRecord> digest(String name, Credentials.Digest d) {
    return known(
        name,
        user -> {
          boolean same = user != null && d.publicKey().equals(user.publicKey());
          return CompletableFuture.completedFuture(
              same && keyPairs.signed(d.publicKey(), d.digest()));
        });
  }

  /// Opens a session of its own for somebody who has proved it.
  private LoginResult opened(UserRecord user, Caller caller) {
    Tokens.Token token =
        new Tokens.Token(
            UUID.randomUUID().toString(),
            caller.session(),
            user.username(),
            user.userid(),
            caller.stateful(),
            member,
            time.now().toEpochMilli(),
            settings.profiles().policy(OpenSession.facts(user, caller, false)),
            settings.profiles().policy(OpenSession.facts(user, caller, true)));
    return admitted(user, caller, token, tokens.signed(token));
  }

  private LoginResult admitted(
      UserRecord user, Caller caller, Tokens.Token token, String tokenText) {
    Policy policy = token.policy(caller.stateful());
    if (!allowed(caller.address(), policy)) {
      return new LoginResult.Refused(401, "Source address access restricted");
    }
    OpenSession session = new OpenSession(this, caller, user, token, tokenText);
    if (caller.stateful()) state.add(session);
    // Whoever was deleted or revoked before the session was entered would not have met it.
    boolean there =
        state.read(
            m ->
                m.revoked(token.id()).isEmpty()
                    && m.user(user.username())
                        .filter(u -> u.userid().equals(user.userid()))
                        .isPresent());
    if (there) return new LoginResult.Granted(session);
    session.close();
    return WRONG;
  }

  private static boolean allowed(InetAddress address, Policy policy) {
    return policy.whitelist().isEmpty() || policy.whitelist().contains(address.getHostAddress());
  }

  /// @param login whether it opens a session, or is shown with one request
  private LoginResult token(String text, Caller caller, boolean login) {
    Tokens.Token t = tokens.verified(text).orElse(null);
    if (t == null) {
      return new LoginResult.Refused(401, "Invalid credentials: invalid session token");
    }
    if (state.read(m -> m.revoked(t.id())).isPresent()) {
      return new LoginResult.Refused(403, "token has been revoked");
    }
    Policy policy = t.policy(caller.stateful());
    if (policy.ttl() > 0 && time.now().toEpochMilli() > t.issued() + policy.ttl()) {
      return new LoginResult.Refused(401, "Invalid credentials: token timed out");
    }
    if (t.username().equals(ADMIN) && !settings.adminOverNetwork()) {
      return new LoginResult.Refused(403, "use of _ADMIN credentials over the network is disabled");
    }
    if (login && settings.lockTokenToLoginType() && t.stateful() != caller.stateful()) {
      return new LoginResult.Refused(
          403,
          "token was created using the login type "
              + (t.stateful() ? 1 : 0)
              + ", which does not match how the new token is to be created");
    }
    if (login && policy.disallowTokenLogins()) {
      return new LoginResult.Refused(403, "logins with this token are disallowed by policy");
    }
    if (policy.lockTokenToOrigin() && !t.origin().equals(member)) {
      return new LoginResult.Refused(403, "this token is locked to a different origin by policy");
    }
    UserRecord user = state.read(m -> m.user(t.username())).orElse(null);
    if (user == null) return WRONG;
    if (settings.lockTokenToUserId() && !user.userid().equals(t.userid())) {
      return new LoginResult.Refused(
          403, "token userid does not match userid for username: " + t.username());
    }
    return admitted(user, caller, t, text);
  }

  // --- for sessions

  CompletableFuture<Void> changePassword(
      String username, @Nullable String old, @Nullable String wanted) {
    if (username.equals(ADMIN) || username.equals(ANONYMOUS)) {
      return invalid("updates to the " + username + " user are forbidden");
    }
    if (old == null || old.isEmpty() || wanted == null || wanted.isEmpty()) {
      return invalid("Invalid parameters: oldPassword and newPassword required");
    }
    UserRecord user = state.read(m -> m.user(username)).orElse(null);
    if (user == null) return invalid("bad username: " + username);
    String provider = logins.providerOf(user);
    if (!provider.equals(AuthProviders.OWN)) {
      return invalid("the password of " + username + " is kept by auth provider " + provider);
    }
    return passwords
        .matches(username, old, user.password())
        .thenCompose(
            good ->
                good ? directory.resetPassword(username, wanted) : invalid("Invalid old password"));
  }

  private static CompletableFuture<Void> invalid(String message) {
    return CompletableFuture.failedFuture(new MusterException(ErrorCode.ACCESS_INVALID, message));
  }

  @Override
  public void close() {
    state.close();
    passwords.close();
    logins.close();
  }
}
