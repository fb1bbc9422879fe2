package io.muster.access;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Users, groups, permissions, lookup tables, revoked tokens and sessions, for administration.
///
/// A change that is answered is on a majority's disks and holds on the member that was asked; on
/// all others it holds as soon as they have applied it, which takes milliseconds. Questions see
/// every change answered before. Repeating a change is harmless.
///
/// Futures fail with a [io.muster.kernel.MusterException]: `access_invalid`, `access_not_found`,
/// `access_reserved`, `access_exists`, `access_conflict`; `no_quorum` when nothing was done,
/// `link_timeout` when nobody knows.
public interface Directory {
  /// Actions at one path.
  record Permission(List<Action> actions, List<Action> prohibit, boolean remove) {}

  /// A user to be created or changed; null leaves what is there.
  ///
  /// @param permissions are added to those there; those with `remove` are taken
  record UserChange(
      String username,
      @Nullable String password,
      @Nullable String publicKey,
      @Nullable JsonNode customData,
      @Nullable String authType,
      Map<String, Permission> permissions) {
    @Override
    public String toString() {
      return "change of user " + username;
    }
  }

  /// A user as another system kept it, with the hash of the password.
  ///
  /// @param passwordHash as happn keeps it, `pbkdf2$rounds$hash$salt$digest`; null for none
  record UserImport(
      String username,
      @Nullable String passwordHash,
      @Nullable String publicKey,
      @Nullable JsonNode customData,
      @Nullable String authType) {
    @Override
    public String toString() {
      return "import of user " + username;
    }
  }

  /// A group to be created or changed; null leaves what is there.
  record GroupChange(
      String name, @Nullable JsonNode customData, Map<String, Permission> permissions) {}

  /// @param groups names
  record User(
      String username,
      String userid,
      @Nullable String publicKey,
      @Nullable JsonNode customData,
      @Nullable String authType,
      Map<String, Permission> permissions,
      List<String> groups) {}

  record Group(String name, @Nullable JsonNode customData, Map<String, Permission> permissions) {}

  /// A lookup permission, see `docs/use/permissions.md`.
  record TableRule(String table, String regex, List<Action> actions, String path) {}

  /// @param at epoch milliseconds
  /// @param until epoch milliseconds, 0 for ever
  record Revoked(String id, String username, String reason, long at, long until) {}

  /// Which rules decide.
  ///
  /// @param rules `allows group admins /a/*`, the deciding ones; empty when nothing mentions it
  record Explanation(boolean allowed, String reason, List<String> rules) {}

  /// One session on this member.
  ///
  /// @param since epoch milliseconds
  record SessionView(
      String id,
      String parent,
      String username,
      String protocol,
      String address,
      boolean stateful,
      long since,
      long requests) {}

  /// What a session asked last, kept while `security.log_session_activity` says so.
  ///
  /// @param session its id; of a token shown over HTTP the id of the session that was given it
  /// @param action as permissions write it
  /// @param reason why it was refused; empty when it was not
  /// @param at epoch milliseconds
  record Activity(
      String session,
      String username,
      String action,
      String path,
      boolean authorized,
      String reason,
      long at) {}

  /// @param overwrite whether one that is there may be changed
  CompletableFuture<User> upsertUser(UserChange user, boolean overwrite);

  /// Whether a user could be taken over.
  ///
  /// @throws io.muster.kernel.MusterException `access_invalid` when not
  void check(UserImport user);

  /// Takes a user over, unless there is one of that name, who stays as they are.
  ///
  /// @return whether it was taken over
  CompletableFuture<Boolean> importUser(UserImport user);

  /// Its links and permissions go with it, and its sessions end.
  CompletableFuture<Void> deleteUser(String username);

  CompletableFuture<Optional<User>> user(String username);

  /// @param pattern `*` stands for any run of characters
  CompletableFuture<List<User>> users(String pattern);

  /// @param group a name or a pattern
  CompletableFuture<List<User>> usersOf(String group);

  /// @param overwrite whether one that is there may be changed
  CompletableFuture<Group> upsertGroup(GroupChange group, boolean overwrite);

  /// Its permissions go with it; users stay.
  CompletableFuture<Void> deleteGroup(String name);

  CompletableFuture<Optional<Group>> group(String name);

  /// @param pattern `*` stands for any run of characters
  CompletableFuture<List<Group>> groups(String pattern);

  CompletableFuture<Void> link(String group, String username);

  /// @return whether they were linked
  CompletableFuture<Boolean> unlink(String group, String username);

  /// @param authorized false prohibits
  CompletableFuture<Void> upsertPermission(
      Holder holder, String path, Action action, boolean authorized);

  /// @return whether there was one
  CompletableFuture<Boolean> removePermission(Holder holder, String path, Action action);

  /// Adds paths to a lookup table, which is made when there is none.
  CompletableFuture<Void> addToTable(String table, List<String> paths);

  CompletableFuture<Boolean> removeFromTable(String table, String path);

  CompletableFuture<Void> deleteTable(String table);

  CompletableFuture<List<String>> table(String table);

  /// Names of all lookup tables, ascending.
  CompletableFuture<List<String>> tables();

  /// The lookup permissions of a group; of all groups that have some, by group, for `*`.
  ///
  /// @param group a name or a pattern with `*`
  CompletableFuture<Map<String, List<TableRule>>> tableRules(String group);

  CompletableFuture<Void> upsertTableRule(String group, TableRule rule);

  CompletableFuture<Boolean> removeTableRule(String group, TableRule rule);

  /// Makes a token useless: sessions with it end on all members, nobody can log in with it again.
  ///
  /// @param token what a login gave; who knows only a session asks for [#revokeOf]
  CompletableFuture<Revoked> revoke(String token, String reason);

  /// Makes the token useless that a session of this member has.
  ///
  /// @return empty when the session is not here
  CompletableFuture<Optional<Revoked>> revokeOf(String session, String reason);

  /// @param token a token, or the id of one
  /// @return whether it was revoked
  CompletableFuture<Boolean> restore(String token);

  CompletableFuture<List<Revoked>> revoked();

  /// Why somebody may do something, or not, without the limits of a single session.
  CompletableFuture<Explanation> explain(String username, Action action, String path);

  /// The sessions of this member.
  List<SessionView> sessions();

  /// Whether [#activity] is recorded.
  boolean recordsActivity();

  /// What each session of this member asked last, those that have ended included: of the last
  /// 10,000 of them, for `security.session_activity_ttl`.
  List<Activity> activity();

  /// Ends a session of this member.
  ///
  /// @return whether it was here
  boolean disconnect(String session, String reason);

  /// Sets a user's password without knowing the old one.
  CompletableFuture<Void> resetPassword(String username, String password);
}
