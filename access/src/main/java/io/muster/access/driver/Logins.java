package io.muster.access.driver;

import io.muster.access.AuthProviders;
import io.muster.access.Directory;
import io.muster.access.core.UserRecord;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.spi.auth.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which provider checks a password, and which user it stands for. Safe on any thread.
///
/// A user belongs to one provider: the one its `authType` names, else the default one. Nobody gets
/// in as a user of another provider, whatever a client chooses: a `bob` of the directory is perhaps
/// not the `bob` of this cluster. Choosing counts for users that are not there yet.
final class Logins implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Logins.class);

  /// Where a provider says more than yes or no.
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  private final AuthProviders providers;
  private final RegistryAccess access;
  private final Map<String, AuthDoor> doors = new HashMap<>();

  Logins(AuthProviders providers, RegistryAccess access, TimeSource time) {
    this.providers = providers;
    this.access = access;
    try {
      providers
          .configured()
          .forEach((name, configured) -> doors.put(name, new AuthDoor(name, configured, time)));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// The name of the provider a user belongs to; one that is not configured here, perhaps.
  String providerOf(UserRecord user) {
    boolean reserved = RegistryAccess.reserved(user.username());
    if (reserved) return AuthProviders.OWN;
    return user.authType() == null ? providers.byDefault() : user.authType();
  }

  /// Who checks a login.
  ///
  /// @param user who is known by the name, if anybody
  /// @param chosen by the client, or null
  /// @return the name of a provider; empty when the login is wrong whatever the password
  /// @throws Refused when clients may not choose
  Optional<String> provider(String name, @Nullable UserRecord user, @Nullable String chosen) {
    if (chosen != null && !providers.userChooses()) {
      throw new Refused(
          "Invalid credentials: security policy disallows choosing of own auth provider");
    }
    if (RegistryAccess.reserved(name)) return Optional.of(AuthProviders.OWN);
    String wanted =
        chosen != null && providers.known(chosen)
            ? chosen
            : user == null ? providers.byDefault() : providerOf(user);
    if (!providers.known(wanted)) {
      log.warn("auth_provider_unknown user={} provider={}", name, wanted);
      return Optional.empty();
    }
    if (user != null && !providerOf(user).equals(wanted)) {
      log.info(
          "login_by_other_provider user={} belongs_to={} asked={}", name, providerOf(user), wanted);
      return Optional.empty();
    }
    return Optional.of(wanted);
  }

  /// Asks a provider other than Muster's own, and finds or makes the user it means.
  ///
  /// @return null when it is no proof; fails with [Refused] and what [AuthDoor#check] fails with
  CompletableFuture<@Nullable UserRecord> check(String provider, String username, String password) {
    AuthDoor door = doors.get(provider);
    if (door == null) throw new IllegalArgumentException("no provider " + provider);
    return door.check(username, password)
        .thenCompose(
            verdict ->
                switch (verdict) {
                  case Verdict.Wrong _ -> CompletableFuture.completedFuture(null);
                  case Verdict.Refused r ->
                      throw new Refused("Invalid credentials: " + r.message());
                  case Verdict.Accepted a -> accepted(provider, a);
                });
  }

  private CompletableFuture<@Nullable UserRecord> accepted(String provider, Verdict.Accepted a) {
    String name = access.canonical(a.username());
    if (RegistryAccess.reserved(name)) {
      log.warn("auth_provider_reserved provider={} user={}", provider, name);
      return CompletableFuture.completedFuture(null);
    }
    return user(name)
        .thenCompose(
            there -> {
              if (there != null) return CompletableFuture.completedFuture(there);
              return created(provider, name);
            })
        .thenCompose(
            user -> {
              if (user == null || !providerOf(user).equals(provider)) {
                log.info("login_without_user user={} provider={}", name, provider);
                return CompletableFuture.completedFuture(null);
              }
              return grouped(provider, user, a.groups());
            });
  }

  /// What the cluster knows now.
  private CompletableFuture<@Nullable UserRecord> user(String name) {
    UserRecord here = access.state().read(m -> m.user(name)).orElse(null);
    if (here != null) return CompletableFuture.completedFuture(here);
    return access
        .directory()
        .user(name)
        .thenApply(_ -> access.state().read(m -> m.user(name)).orElse(null));
  }

  private CompletableFuture<@Nullable UserRecord> created(String provider, String name) {
    AuthProviders.Configured of = providers.configured().get(provider);
    if (of == null || !of.createUsers()) return CompletableFuture.completedFuture(null);
    Directory.UserChange wish =
        new Directory.UserChange(name, null, null, null, provider, Map.of());
    return access
        .directory()
        .upsertUser(wish, false)
        .thenCompose(
            _ -> {
              log.info("user_created name={} provider={}", name, provider);
              return linked(name, of.groups(), List.of());
            })
        .handle(
            (_, e) -> {
              // Another member may have made it in the same moment.
              if (e != null && code(e) != ErrorCode.ACCESS_EXISTS) throw new CompletionException(e);
              return access.state().read(m -> m.user(name)).orElse(null);
            });
  }

  private static @Nullable ErrorCode code(Throwable e) {
    Throwable cause = e instanceof CompletionException c && c.getCause() != null ? c.getCause() : e;
    return cause instanceof MusterException m ? m.code() : null;
  }

  /// Puts a user into the groups that the provider's stand for, and takes it out of those it has no
  /// more; groups that `group_map` does not mention are left alone.
  private CompletableFuture<@Nullable UserRecord> grouped(
      String provider, UserRecord user, Set<String> theirs) {
    AuthProviders.Configured of = providers.configured().get(provider);
    if (of == null || of.groupMap().isEmpty()) return CompletableFuture.completedFuture(user);
    Set<String> wanted = new TreeSet<>();
    Set<String> managed = new TreeSet<>(of.groupMap().values());
    of.groupMap()
        .forEach(
            (from, to) -> {
              if (theirs.contains(from)) wanted.add(to);
            });
    Set<String> now = new TreeSet<>();
    access.state().read(m -> m.groupsOf(user.username())).forEach(g -> now.add(g.name()));
    List<String> more = wanted.stream().filter(g -> !now.contains(g)).toList();
    List<String> less =
        managed.stream().filter(g -> now.contains(g) && !wanted.contains(g)).toList();
    return linked(user.username(), more, less).thenApply(_ -> user);
  }

  /// Groups that are not there are left out, and named in the log.
  private CompletableFuture<Void> linked(String name, List<String> more, List<String> less) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (String group : more) {
      if (access.state().read(m -> m.group(group)).isEmpty()) {
        log.warn("auth_group_missing user={} group={}", name, group);
        continue;
      }
      all.add(access.directory().link(group, name));
    }
    for (String group : less) all.add(access.directory().unlink(group, name));
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  @Override
  public void close() {
    doors.values().forEach(AuthDoor::close);
  }
}
