package io.muster.access.driver;

import static io.muster.access.driver.Changes.attempt;
import static io.muster.access.driver.Changes.ready;
import static io.muster.access.driver.Changes.told;

import io.muster.access.AccessSettings;
import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.access.core.AccessJson;
import io.muster.access.core.AccessKeys;
import io.muster.access.core.AccessModel;
import io.muster.access.core.GroupRecord;
import io.muster.access.core.Names;
import io.muster.access.core.Notice;
import io.muster.access.core.PermissionSet;
import io.muster.access.core.RevokedToken;
import io.muster.access.core.Rights;
import io.muster.access.core.TablePermission;
import io.muster.access.core.UserRecord;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// [Directory] as batches of the registry. A change reads what is there behind a barrier, and
/// happens only if that is so still; else it begins anew.
final class RegistryDirectory implements Directory {
  private static final byte[] YES = {1};
  private static final byte[] NO = {0};

  private final RegistryAccess access;
  private final Registry registry;
  private final AccessSettings settings;
  private final PasswordChecks passwords;
  private final Changes changes;
  private final LookupTables tables;

  RegistryDirectory(
      RegistryAccess access, Registry registry, AccessSettings settings, PasswordChecks passwords) {
    this.access = access;
    this.registry = registry;
    this.settings = settings;
    this.passwords = passwords;
    this.changes = new Changes(registry, access.state());
    this.tables = new LookupTables(changes);
  }

  // --- founding

  /// Makes the administrator, and the anonymous user where allowed, if they are missing. Blocks.
  ///
  /// @return the administrator's password hash that holds
  String found(String password) {
    Optional<byte[]> known = registry.get(AccessKeys.user(RegistryAccess.ADMIN)).join();
    if (known.isEmpty()) {
      String hash = Passwords.hash(password, settings.iterations());
      create(RegistryAccess.ADMIN, hash);
      known = registry.get(AccessKeys.user(RegistryAccess.ADMIN)).join();
    }
    if (settings.anonymous()
        && registry.get(AccessKeys.user(RegistryAccess.ANONYMOUS)).join().isEmpty()) {
      create(RegistryAccess.ANONYMOUS, null);
    }
    UserRecord admin = AccessJson.read(known.orElseThrow(), UserRecord.class);
    return admin.password() == null ? "" : admin.password();
  }

  private void create(String name, @Nullable String hash) {
    String userid = UUID.randomUUID().toString();
    RegistryBatch batch = new RegistryBatch().onlyIfAbsent(AccessKeys.user(name));
    batch.put(
        AccessKeys.user(name),
        AccessJson.write(new UserRecord(name, userid, hash, null, null, null)));
    if (name.equals(RegistryAccess.ADMIN)) {
      GroupRecord group = new GroupRecord(name, UUID.randomUUID().toString(), null);
      batch.put(AccessKeys.group(name), AccessJson.write(group));
      batch.put(AccessKeys.link(name, name), Registry.utf8(group.id()));
      batch.put(AccessKeys.permission(Holder.ofGroup(name), "*", Action.ANY), YES);
    }
    registry.change(batch).join();
  }

  private static MusterException error(ErrorCode code, String message) {
    return new MusterException(code, message);
  }

  Changes changes() {
    return changes;
  }

  // --- users

  @Override
  public CompletableFuture<User> upsertUser(UserChange change, boolean overwrite) {
    return attempt(
        () -> {
          String name = access.canonical(change.username());
          Names.user(name);
          check(change.permissions());
          if (name.equals(RegistryAccess.ADMIN) && change.password() != null) {
            throw error(
                ErrorCode.ACCESS_RESERVED,
                "validation failure: updates to the password of _ADMIN are forbidden: reset it");
          }
          CompletableFuture<@Nullable String> hash =
              change.password() == null
                  ? CompletableFuture.completedFuture(null)
                  : passwords.hash(change.password()).thenApply(h -> h);
          return hash.thenCompose(
                  h ->
                      changes.change(
                          AccessKeys.user(name),
                          there -> ready(upsert(name, change, h, overwrite, there))))
              .thenCompose(_ -> user(name))
              .thenApply(Optional::orElseThrow);
        });
  }

  private RegistryBatch upsert(
      String name,
      UserChange change,
      @Nullable String hash,
      boolean overwrite,
      byte @Nullable [] there) {
    UserRecord before = there == null ? null : AccessJson.read(there, UserRecord.class);
    if (before != null && !overwrite) {
      throw error(
          ErrorCode.ACCESS_EXISTS,
          "validation failure: user by the name " + name + " already exists");
    }
    if (before == null && hash == null && change.publicKey() == null && change.authType() == null) {
      throw error(
          ErrorCode.ACCESS_INVALID,
          "validation failure: no password or publicKey specified for a new user");
    }
    UserRecord now =
        new UserRecord(
            name,
            before == null ? UUID.randomUUID().toString() : before.userid(),
            hash != null || before == null ? hash : before.password(),
            change.publicKey() != null || before == null ? change.publicKey() : before.publicKey(),
            change.customData() != null || before == null
                ? change.customData()
                : before.customData(),
            change.authType() != null || before == null ? change.authType() : before.authType());
    RegistryBatch batch = new RegistryBatch().onlyIfStill(AccessKeys.user(name), there);
    batch.put(AccessKeys.user(name), AccessJson.write(now));
    permissions(batch, Holder.ofUser(name), change.permissions());
    return told(batch, Notices.user(now, Views.changes(change.permissions())));
  }

  @Override
  public void check(UserImport user) {
    Names.user(access.canonical(user.username()));
    if (user.passwordHash() != null && !Passwords.readable(user.passwordHash())) {
      throw error(
          ErrorCode.ACCESS_INVALID,
          "the hash of the password is none that can be checked: expected"
              + " pbkdf2$rounds$hash$salt$digest");
    }
    if (user.passwordHash() == null && user.publicKey() == null && user.authType() == null) {
      throw error(
          ErrorCode.ACCESS_INVALID,
          "validation failure: no password or publicKey specified for a new user");
    }
  }

  @Override
  public CompletableFuture<Boolean> importUser(UserImport user) {
    return attempt(
        () -> {
          check(user);
          String name = access.canonical(user.username());
          String key = AccessKeys.user(name);
          boolean[] made = new boolean[1];
          return changes
              .change(
                  key,
                  there -> {
                    made[0] = there == null;
                    if (there != null) return ready(new RegistryBatch());
                    UserRecord taken =
                        new UserRecord(
                            name,
                            UUID.randomUUID().toString(),
                            user.passwordHash(),
                            user.publicKey(),
                            user.customData(),
                            user.authType());
                    return ready(
                        new RegistryBatch().onlyIfAbsent(key).put(key, AccessJson.write(taken)));
                  })
              .thenApply(_ -> made[0]);
        });
  }

  private static void check(Map<String, Permission> permissions) {
    permissions.forEach(
        (path, p) -> {
          Names.path(path);
          if (p.actions().isEmpty() && p.prohibit().isEmpty()) {
            throw error(
                ErrorCode.ACCESS_INVALID,
                "group permissions invalid: missing allowed actions or prohibit rules: " + path);
          }
        });
  }

  private static void permissions(
      RegistryBatch batch, Holder holder, Map<String, Permission> permissions) {
    permissions.forEach(
        (path, p) -> {
          for (Action a : p.actions()) permission(batch, holder, path, a, p.remove() ? null : YES);
          for (Action a : p.prohibit()) permission(batch, holder, path, a, p.remove() ? null : NO);
        });
  }

  private static void permission(
      RegistryBatch batch, Holder holder, String path, Action a, byte @Nullable [] value) {
    String key = AccessKeys.permission(holder, path, a);
    if (value == null) batch.remove(key);
    else batch.put(key, value);
  }

  @Override
  public CompletableFuture<Void> deleteUser(String username) {
    String name = access.canonical(username);
    return changes.change(
        AccessKeys.user(name),
        there -> {
          if (name.equals(RegistryAccess.ADMIN) || name.equals(RegistryAccess.ANONYMOUS)) {
            throw error(
                ErrorCode.ACCESS_RESERVED,
                "unable to delete a user with the reserved name: " + name);
          }
          if (there == null) {
            throw error(
                ErrorCode.ACCESS_NOT_FOUND, "user you are deleting does not exist: " + name);
          }
          RegistryBatch batch = new RegistryBatch().onlyIfPresent(AccessKeys.user(name));
          batch.remove(AccessKeys.user(name)).removeAll(AccessKeys.links(name));
          batch.removeAll(AccessKeys.permissions(Holder.ofUser(name)));
          return ready(told(batch, Notices.named("delete-user", "username", name)));
        });
  }

  @Override
  public CompletableFuture<Optional<User>> user(String username) {
    return changes.ask(m -> m.user(access.canonical(username)).map(u -> Views.user(m, u)));
  }

  @Override
  public CompletableFuture<List<User>> users(String pattern) {
    return changes.ask(m -> m.users(pattern).stream().map(u -> Views.user(m, u)).toList());
  }

  @Override
  public CompletableFuture<List<User>> usersOf(String group) {
    return changes.ask(m -> m.usersOf(group).stream().map(u -> Views.user(m, u)).toList());
  }

  @Override
  public CompletableFuture<Void> resetPassword(String username, String password) {
    if (password.isEmpty()) {
      return CompletableFuture.failedFuture(
          error(ErrorCode.ACCESS_INVALID, "validation failure: no password specified"));
    }
    return attempt(() -> passwords.hash(password))
        .thenCompose(hash -> password(access.canonical(username), hash, null));
  }

  /// Puts a stronger hash of the same password, unless it was changed meanwhile.
  CompletableFuture<Void> rehash(String name, String old, String password) {
    return passwords.hash(password).thenCompose(hash -> password(name, hash, old));
  }

  private CompletableFuture<Void> password(String name, String hash, @Nullable String old) {
    return changes.change(
        AccessKeys.user(name),
        there -> {
          if (there == null) {
            throw error(ErrorCode.ACCESS_NOT_FOUND, "there is no user " + name);
          }
          UserRecord u = AccessJson.read(there, UserRecord.class);
          if (old != null && !old.equals(u.password())) return ready(new RegistryBatch());
          UserRecord now =
              new UserRecord(name, u.userid(), hash, u.publicKey(), u.customData(), u.authType());
          return ready(
              new RegistryBatch()
                  .onlyIfStill(AccessKeys.user(name), there)
                  .put(AccessKeys.user(name), AccessJson.write(now)));
        });
  }

  // --- groups

  @Override
  public CompletableFuture<Group> upsertGroup(GroupChange change, boolean overwrite) {
    return attempt(
        () -> {
          String name = change.name();
          Names.group(name);
          check(change.permissions());
          return changes
              .change(
                  AccessKeys.group(name),
                  there -> {
                    if (there != null && !overwrite) {
                      throw error(
                          ErrorCode.ACCESS_EXISTS,
                          "validation failure: group by the name " + name + " already exists");
                    }
                    GroupRecord before =
                        there == null ? null : AccessJson.read(there, GroupRecord.class);
                    GroupRecord now =
                        new GroupRecord(
                            name,
                            before == null ? UUID.randomUUID().toString() : before.id(),
                            change.customData() != null || before == null
                                ? change.customData()
                                : before.customData());
                    RegistryBatch batch =
                        new RegistryBatch().onlyIfStill(AccessKeys.group(name), there);
                    batch.put(AccessKeys.group(name), AccessJson.write(now));
                    permissions(batch, Holder.ofGroup(name), change.permissions());
                    ObjectNode told = Views.changes(change.permissions());
                    return ready(told(batch, Notices.group(now, told)));
                  })
              .thenCompose(_ -> group(name))
              .thenApply(Optional::orElseThrow);
        });
  }

  @Override
  public CompletableFuture<Void> deleteGroup(String name) {
    return changes.change(
        AccessKeys.group(name),
        there -> {
          if (name.equals(RegistryAccess.ADMIN)) {
            throw error(
                ErrorCode.ACCESS_RESERVED,
                "unable to delete a group with the reserved name: " + name);
          }
          if (there == null) {
            throw error(
                ErrorCode.ACCESS_NOT_FOUND, "group you are deleting does not exist: " + name);
          }
          // Links name the group's id: they are void from now on.
          RegistryBatch batch = new RegistryBatch().onlyIfStill(AccessKeys.group(name), there);
          for (UserRecord u : access.state().read(m -> m.usersOf(name))) {
            batch.remove(AccessKeys.link(u.username(), name));
          }
          batch.remove(AccessKeys.group(name));
          batch.removeAll(AccessKeys.permissions(Holder.ofGroup(name)));
          batch.removeAll(AccessKeys.tablePermissions(name));
          return ready(
              told(batch, Notices.groupDeleted(AccessJson.read(there, GroupRecord.class))));
        });
  }

  @Override
  public CompletableFuture<Optional<Group>> group(String name) {
    return changes.ask(m -> m.group(name).map(g -> Views.group(m, g)));
  }

  @Override
  public CompletableFuture<List<Group>> groups(String pattern) {
    return changes.ask(m -> m.groups(pattern).stream().map(g -> Views.group(m, g)).toList());
  }

  @Override
  public CompletableFuture<Void> link(String group, String username) {
    String user = access.canonical(username);
    return changes.change(
        AccessKeys.group(group),
        there -> {
          if (there == null) throw missing(Holder.ofGroup(group));
          return registry
              .get(AccessKeys.user(user))
              .thenApply(
                  u -> {
                    if (u.isEmpty()) throw missing(Holder.ofUser(user));
                    GroupRecord g = AccessJson.read(there, GroupRecord.class);
                    RegistryBatch batch =
                        new RegistryBatch()
                            .onlyIfStill(AccessKeys.group(group), there)
                            .onlyIfPresent(AccessKeys.user(user))
                            .put(AccessKeys.link(user, group), Registry.utf8(g.id()));
                    return told(batch, Notices.linked(group, user));
                  });
        });
  }

  static MusterException missing(Holder holder) {
    return error(
        ErrorCode.ACCESS_NOT_FOUND,
        "validation error: "
            + (holder.group() ? "group" : "user")
            + " does not exist or has not been saved: "
            + holder.name());
  }

  @Override
  public CompletableFuture<Boolean> unlink(String group, String username) {
    String user = access.canonical(username);
    if (group.equals(RegistryAccess.ADMIN) && user.equals(RegistryAccess.ADMIN)) {
      return CompletableFuture.failedFuture(
          error(ErrorCode.ACCESS_RESERVED, "unable to take the group _ADMIN from the user _ADMIN"));
    }
    Notice notice = Notices.unlinked(group, user);
    return changes.taken(AccessKeys.link(user, group), notice);
  }

  // --- permissions

  private static String key(Holder holder) {
    return holder.group() ? AccessKeys.group(holder.name()) : AccessKeys.user(holder.name());
  }

  @Override
  public CompletableFuture<Void> upsertPermission(
      Holder given, String path, Action action, boolean authorized) {
    return attempt(
        () -> {
          Names.path(path);
          Holder holder = canonical(given);
          return changes.change(
              key(holder),
              there -> {
                if (there == null) throw missing(holder);
                return ready(
                    told(
                        new RegistryBatch()
                            .onlyIfPresent(key(holder))
                            .put(
                                AccessKeys.permission(holder, path, action), authorized ? YES : NO),
                        Notices.permissionUpserted(holder, path, action, authorized)));
              });
        });
  }

  private Holder canonical(Holder holder) {
    return holder.group() ? holder : Holder.ofUser(access.canonical(holder.name()));
  }

  @Override
  public CompletableFuture<Boolean> removePermission(Holder given, String path, Action action) {
    Holder holder = canonical(given);
    if (holder.equals(Holder.ofGroup(RegistryAccess.ADMIN))) {
      return CompletableFuture.failedFuture(
          error(ErrorCode.ACCESS_RESERVED, "unable to take permissions of the group _ADMIN"));
    }
    return changes.taken(
        AccessKeys.permission(holder, path, action),
        Notices.permissionRemoved(holder, path, action));
  }

  // --- lookup tables

  @Override
  public CompletableFuture<Void> addToTable(String table, List<String> paths) {
    return tables.addToTable(table, paths);
  }

  @Override
  public CompletableFuture<Boolean> removeFromTable(String table, String path) {
    return tables.removeFromTable(table, path);
  }

  @Override
  public CompletableFuture<Void> deleteTable(String table) {
    return tables.deleteTable(table);
  }

  @Override
  public CompletableFuture<List<String>> table(String table) {
    return tables.table(table);
  }

  @Override
  public CompletableFuture<List<String>> tables() {
    return tables.tables();
  }

  @Override
  public CompletableFuture<Map<String, List<TableRule>>> tableRules(String group) {
    return tables.rules(group);
  }

  @Override
  public CompletableFuture<Void> upsertTableRule(String group, TableRule rule) {
    return tables.upsertTableRule(group, rule);
  }

  @Override
  public CompletableFuture<Boolean> removeTableRule(String group, TableRule rule) {
    return tables.removeTableRule(group, rule);
  }

  // --- tokens

  @Override
  public CompletableFuture<Revoked> revoke(String text, String reason) {
    Tokens.Token token = access.tokens().verified(text).orElse(null);
    if (token != null) return revoke(token, token.username(), reason);
    return CompletableFuture.failedFuture(
        error(ErrorCode.ACCESS_INVALID, "this is no session token of this cluster"));
  }

  @Override
  public CompletableFuture<Optional<Revoked>> revokeOf(String session, String reason) {
    OpenSession s = access.state().session(session);
    if (s == null) return CompletableFuture.completedFuture(Optional.empty());
    return revoke(s.parsed(), s.username(), reason).thenApply(Optional::of);
  }

  CompletableFuture<Revoked> revoke(Tokens.Token token, String username, String reason) {
    long a = token.stateless().ttl();
    long b = token.connected().ttl();
    boolean ever = a == 0 || b == 0;
    if (ever && !settings.revokeForever()) {
      return CompletableFuture.failedFuture(
          error(
              ErrorCode.ACCESS_INVALID,
              "revoking a token without a ttl means it stays in the revocation list forever"));
    }
    long now = access.time().now().toEpochMilli();
    RevokedToken entry =
        new RevokedToken(
            token.id(), username, reason, now, ever ? 0 : token.issued() + Math.max(a, b));
    RegistryBatch batch = new RegistryBatch();
    batch.put(AccessKeys.revoked(token.id()), AccessJson.write(entry));
    // Those that are too old to be used are not kept in mind for ever.
    for (RevokedToken old : access.state().read(AccessModel::revoked)) {
      if (old.until() > 0 && old.until() < now) batch.remove(AccessKeys.revoked(old.id()));
    }
    return changes
        .changed(told(batch, Notices.named("token-revoked", "username", username)))
        .thenApply(_ -> view(entry));
  }

  @Override
  public CompletableFuture<Boolean> restore(String token) {
    String id = access.tokens().verified(token).map(Tokens.Token::id).orElse(token);
    return changes.taken(AccessKeys.revoked(id), Notices.named("token-restored", "id", id));
  }

  @Override
  public CompletableFuture<List<Revoked>> revoked() {
    return changes.ask(m -> m.revoked().stream().map(RegistryDirectory::view).toList());
  }

  private static Revoked view(RevokedToken t) {
    return new Revoked(t.id(), t.username(), t.reason(), t.at(), t.until());
  }

  // --- questions

  @Override
  public CompletableFuture<Explanation> explain(String username, Action action, String path) {
    String name = access.canonical(username);
    return registry
        .get(AccessKeys.NOTICE)
        .thenApply(
            _ -> {
              if (access.state().read(m -> m.user(name)).isEmpty()) {
                throw error(ErrorCode.ACCESS_NOT_FOUND, "there is no user " + name);
              }
              Rights rights = access.state().read(_ -> access.state().compiled(name, null));
              return explanation(rights, action, path);
            });
  }

  private static Explanation explanation(Rights rights, Action action, String path) {
    boolean allowed = rights.allows(action, path);
    List<String> rules = new ArrayList<>();
    for (PermissionSet.Rule r : rights.deciding(action, path)) {
      int asked = action.bit() | Action.ANY.bit();
      boolean prohibits = (r.prohibited() & asked) != 0;
      rules.add((prohibits ? "prohibits " : "allows ") + r.source() + " " + r.pattern());
    }
    if (rules.isEmpty() && allowed) {
      TablePermission found = rights.lookedUp(action, path);
      if (found != null) {
        rules.add("allows lookup table " + found.table() + " by " + found.regex());
      }
    }
    String reason =
        rules.isEmpty()
            ? "no permission mentions it, and what nobody mentions is refused"
            : allowed
                ? "a permission allows it and none prohibits it"
                : "a prohibition always wins";
    return new Explanation(allowed, reason, rules);
  }

  @Override
  public List<SessionView> sessions() {
    return access.state().sessions().stream().map(OpenSession::view).toList();
  }

  @Override
  public boolean recordsActivity() {
    return access.activities().on();
  }

  @Override
  public List<Activity> activity() {
    return access.activities().all(access.state().sessions());
  }

  @Override
  public boolean disconnect(String session, String reason) {
    OpenSession s = access.state().session(session);
    if (s == null) return false;
    s.disconnect(reason);
    return true;
  }
}
