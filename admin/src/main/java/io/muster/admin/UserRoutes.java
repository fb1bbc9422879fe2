package io.muster.admin;

import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.access.Permissions;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Users, groups, permissions, sessions and tokens below `/v1`, for the `muster user`, `group`,
/// `permission`, `session` and `token` commands.
///
/// Every change is logged with what was changed, never with a password or a token.
final class UserRoutes {
  /// What a client is told whose session an administrator ends.
  static final String ENDED = "ended by the administrator";

  private static final Logger log = LoggerFactory.getLogger(UserRoutes.class);
  private static final String REASON = "revoked by the administrator";
  static final int SESSIONS = 1000;
  private static final int REASON_MAX = 200;

  private final AdminFaces faces;

  UserRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  /// Its part of the table.
  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/users", this::users, "pattern", "group"),
        Route.guarded("GET", "/v1/users/{name}", this::user),
        Route.guarded("PUT", "/v1/users/{name}", this::putUser, "must"),
        Route.guarded("DELETE", "/v1/users/{name}", this::removeUser),
        Route.guarded("PUT", "/v1/passwords/{name}", this::password),
        Route.guarded("GET", "/v1/groups", this::groups, "pattern"),
        Route.guarded("GET", "/v1/groups/{name}", this::group),
        Route.guarded("PUT", "/v1/groups/{name}", this::putGroup, "must"),
        Route.guarded("DELETE", "/v1/groups/{name}", this::removeGroup),
        Route.guarded("PUT", "/v1/links", this::link, "group", "user"),
        Route.guarded("DELETE", "/v1/links", this::unlink, "group", "user"),
        Route.guarded("GET", "/v1/permissions", this::permissions, "user", "group"),
        Route.guarded(
            "PUT", "/v1/permissions", this::permit, "user", "group", "path", "action", "effect"),
        Route.guarded(
            "DELETE", "/v1/permissions", this::forgetPermission, "user", "group", "path", "action"),
        Route.guarded("GET", "/v1/explain", this::explain, "user", "path", "action"),
        Route.guarded("GET", "/v1/sessions", this::sessions, "user", "limit"),
        Route.guarded("DELETE", "/v1/sessions/{id}", this::endSession, "reason"),
        Route.guarded("GET", "/v1/tokens", this::tokens),
        Route.guarded("POST", "/v1/tokens", this::revoke),
        Route.guarded("DELETE", "/v1/tokens/{id}", this::restore));
  }

  private Directory directory() {
    return SecurityCalls.directory(faces);
  }

  private Sessions sessions() {
    return faces
        .sessions()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "sessions are not known here yet"));
  }

  // --- users

  private void users(Exchange x) throws IOException {
    Optional<String> group = x.query("group");
    if (group.isPresent() && x.query("pattern").isPresent()) {
      throw bad("query: expected 'pattern' or 'group', found both");
    }
    List<Directory.User> found =
        Waiting.on(
            group.isPresent()
                ? directory().usersOf(group.get())
                : directory().users(x.query("pattern").orElse("*")));
    x.json(200, Map.of("users", found.stream().map(UserRoutes::view).toList()));
  }

  private void user(Exchange x) throws IOException {
    x.json(200, view(known(x.rest())));
  }

  private Directory.User known(String name) {
    return Waiting.on(directory().user(name))
        .orElseThrow(
            () -> new MusterException(ErrorCode.ACCESS_NOT_FOUND, "there is no user " + name));
  }

  /// What must be so: that it is new, or there already.
  private enum Must {
    NEW,
    EXIST,
    NOTHING;

    static Must of(Exchange x) {
      return switch (x.query("must").orElse("")) {
        case "" -> NOTHING;
        case "be_new" -> NEW;
        case "exist" -> EXIST;
        default -> throw bad("query: 'must' is be_new or exist, found " + x.query("must").get());
      };
    }
  }

  private void putUser(Exchange x) throws IOException {
    Must must = Must.of(x);
    JsonNode body = body(x, "password", "publicKey", "customData", "authType", "permissions");
    if (must == Must.EXIST) known(x.rest());
    Directory.UserChange change =
        new Directory.UserChange(
            x.rest(),
            text(body, "password"),
            text(body, "publicKey"),
            object(body, "customData"),
            text(body, "authType"),
            Permissions.of(body.path("permissions")));
    Directory.User now = Waiting.on(directory().upsertUser(change, must != Must.NEW));
    log.info("user_upserted name={} by=admin", now.username());
    x.json(200, view(now));
  }

  private void removeUser(Exchange x) throws IOException {
    Waiting.on(directory().deleteUser(x.rest()));
    log.info("user_removed name={} by=admin", x.rest());
    removed(x, 1);
  }

  private void password(Exchange x) throws IOException {
    String password = text(body(x, "password"), "password");
    if (password == null) throw bad("expected a body such as {\"password\":\"…\"}");
    Waiting.on(directory().resetPassword(x.rest(), password));
    log.info("user_password_set name={} by=admin", x.rest());
    x.json(200, Map.of("changed", true));
  }

  private static Map<String, Object> view(Directory.User u) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("username", u.username());
    v.put("userid", u.userid());
    v.put("groups", u.groups());
    v.put("permissions", SecurityCalls.permissions(u.permissions()));
    v.put("customData", u.customData() == null ? Map.of() : u.customData());
    if (u.publicKey() != null) v.put("publicKey", u.publicKey());
    if (u.authType() != null) v.put("authType", u.authType());
    return v;
  }

  // --- groups

  private void groups(Exchange x) throws IOException {
    List<Directory.Group> found = Waiting.on(directory().groups(x.query("pattern").orElse("*")));
    x.json(200, Map.of("groups", found.stream().map(UserRoutes::view).toList()));
  }

  private void group(Exchange x) throws IOException {
    Map<String, Object> v = view(knownGroup(x.rest()));
    v.put(
        "users",
        Waiting.on(directory().usersOf(x.rest())).stream().map(Directory.User::username).toList());
    x.json(200, v);
  }

  private Directory.Group knownGroup(String name) {
    return Waiting.on(directory().group(name))
        .orElseThrow(
            () -> new MusterException(ErrorCode.ACCESS_NOT_FOUND, "there is no group " + name));
  }

  private void putGroup(Exchange x) throws IOException {
    Must must = Must.of(x);
    JsonNode body = body(x, "customData", "permissions");
    if (must == Must.EXIST) knownGroup(x.rest());
    Directory.GroupChange change =
        new Directory.GroupChange(
            x.rest(), object(body, "customData"), Permissions.of(body.path("permissions")));
    Directory.Group now = Waiting.on(directory().upsertGroup(change, must != Must.NEW));
    log.info("group_upserted name={} by=admin", now.name());
    x.json(200, view(now));
  }

  private void removeGroup(Exchange x) throws IOException {
    Waiting.on(directory().deleteGroup(x.rest()));
    log.info("group_removed name={} by=admin", x.rest());
    removed(x, 1);
  }

  private void link(Exchange x) throws IOException {
    String group = required(x, "group");
    String user = required(x, "user");
    Waiting.on(directory().link(group, user));
    log.info("group_linked group={} user={} by=admin", group, user);
    x.json(200, view(known(user)));
  }

  private void unlink(Exchange x) throws IOException {
    String group = required(x, "group");
    String user = required(x, "user");
    boolean was = Waiting.on(directory().unlink(group, user));
    if (was) log.info("group_unlinked group={} user={} by=admin", group, user);
    removed(x, was ? 1 : 0);
  }

  private static Map<String, Object> view(Directory.Group g) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("name", g.name());
    v.put("permissions", SecurityCalls.permissions(g.permissions()));
    v.put("customData", g.customData() == null ? Map.of() : g.customData());
    return v;
  }

  // --- permissions

  /// Of one holder, or of all.
  private void permissions(Exchange x) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    boolean all = x.query("user").isEmpty() && x.query("group").isEmpty();
    if (all) {
      for (Directory.Group g : Waiting.on(directory().groups("*"))) {
        rows(rows, Holder.ofGroup(g.name()), g.permissions());
      }
      for (Directory.User u : Waiting.on(directory().users("*"))) {
        rows(rows, Holder.ofUser(u.username()), u.permissions());
      }
    } else {
      Holder holder = holder(x);
      rows(
          rows,
          holder,
          holder.group()
              ? knownGroup(holder.name()).permissions()
              : known(holder.name()).permissions());
    }
    x.json(200, Map.of("permissions", rows));
  }

  private static void rows(
      List<Map<String, Object>> rows, Holder holder, Map<String, Directory.Permission> all) {
    all.forEach(
        (path, p) -> {
          for (Action a : p.actions()) rows.add(row(holder, path, a, "allow"));
          for (Action a : p.prohibit()) rows.add(row(holder, path, a, "prohibit"));
        });
  }

  private static Map<String, Object> row(Holder holder, String path, Action action, String effect) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("holder", holder.group() ? "group" : "user");
    row.put("name", holder.name());
    row.put("path", path);
    row.put("action", action.text());
    row.put("effect", effect);
    return row;
  }

  private static Holder holder(Exchange x) {
    Optional<String> user = x.query("user");
    Optional<String> group = x.query("group");
    if (user.isPresent() == group.isPresent()) {
      throw bad("query: expected either 'user' or 'group'");
    }
    return user.map(Holder::ofUser).orElseGet(() -> Holder.ofGroup(group.orElseThrow()));
  }

  /// `get,set`; each action once.
  private static List<Action> actions(Exchange x, String path) {
    List<Action> actions = new ArrayList<>();
    for (String a : required(x, "action").split(",", -1)) {
      Action action = Permissions.action(path, a.strip());
      if (!actions.contains(action)) actions.add(action);
    }
    return actions;
  }

  private void permit(Exchange x) throws IOException {
    Holder holder = holder(x);
    String path = required(x, "path");
    List<Action> actions = actions(x, path);
    String effect = x.query("effect").orElse("allow");
    if (!Set.of("allow", "prohibit").contains(effect)) {
      throw bad("query: 'effect' is allow or prohibit, found " + effect);
    }
    boolean allow = effect.equals("allow");
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Action a : actions) {
      Waiting.on(directory().upsertPermission(holder, path, a, allow));
      log.info(
          "permission_set holder=\"{}\" path={} action={} effect={} by=admin",
          holder,
          path,
          a.text(),
          effect);
      rows.add(row(holder, path, a, effect));
    }
    x.json(200, Map.of("permissions", rows));
  }

  private void forgetPermission(Exchange x) throws IOException {
    Holder holder = holder(x);
    String path = required(x, "path");
    int removed = 0;
    for (Action a : actions(x, path)) {
      if (!Waiting.on(directory().removePermission(holder, path, a))) continue;
      removed++;
      log.info(
          "permission_removed holder=\"{}\" path={} action={} by=admin", holder, path, a.text());
    }
    removed(x, removed);
  }

  private void explain(Exchange x) throws IOException {
    String user = required(x, "user");
    String path = required(x, "path");
    Action action = Permissions.action(path, required(x, "action"));
    Directory.Explanation e = Waiting.on(directory().explain(user, action, path));
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("user", user);
    v.put("action", action.text());
    v.put("path", path);
    v.put("allowed", e.allowed());
    v.put("reason", e.reason());
    v.put("rules", e.rules());
    x.json(200, v);
  }

  // --- sessions and tokens

  private void sessions(Exchange x) throws IOException {
    int limit = x.query("limit").map(UserRoutes::limit).orElse(SESSIONS);
    Sessions.Found found = sessions().list(x.query("user").orElse("*"), limit);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Sessions.Held h : found.sessions()) {
      if (rows.size() == limit) break;
      Directory.SessionView s = h.session();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("id", s.id());
      row.put("parent", s.parent());
      row.put("username", s.username());
      row.put("member", h.member());
      row.put("address", s.address());
      row.put("protocol", s.protocol());
      row.put("since", s.since());
      row.put("requests", s.requests());
      rows.add(row);
    }
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("sessions", rows);
    v.put("total", found.total());
    v.put("unanswered", found.unanswered());
    x.json(200, v);
  }

  static int limit(String text) {
    try {
      int n = Integer.parseInt(text);
      if (n >= 1 && n <= Sessions.LIMIT_MAX) return n;
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw bad("query: 'limit' is 1 to " + Sessions.LIMIT_MAX + ", found '" + text + "'");
  }

  private void endSession(Exchange x) throws IOException {
    String member =
        sessions()
            .end(x.rest(), reason(x.query("reason"), ENDED))
            .orElseThrow(() -> noSession(x.rest()));
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("ended", x.rest());
    v.put("member", member);
    x.json(200, v);
  }

  static MusterException noSession(String id) {
    return new MusterException(ErrorCode.NOT_FOUND, "no member has a session " + id);
  }

  private static String reason(Optional<String> given, String fallback) {
    String reason = given.orElse(fallback);
    if (reason.length() <= REASON_MAX) return reason;
    throw bad("a reason has " + REASON_MAX + " characters at most");
  }

  private void tokens(Exchange x) throws IOException {
    x.json(
        200,
        Map.of(
            "tokens", Waiting.on(directory().revoked()).stream().map(UserRoutes::view).toList()));
  }

  /// A token is a secret: it comes in the body, not in an address that is logged on its way.
  private void revoke(Exchange x) throws IOException {
    JsonNode body = body(x, "token", "session", "reason");
    String token = text(body, "token");
    String session = text(body, "session");
    String reason = reason(Optional.ofNullable(text(body, "reason")), REASON);
    Directory.Revoked revoked;
    if (token != null && session == null) {
      revoked = Waiting.on(directory().revoke(token, reason));
    } else if (session != null && token == null) {
      revoked = sessions().revoke(session, reason).orElseThrow(() -> noSession(session));
    } else {
      throw bad("expected a body with either 'token' or 'session'");
    }
    log.info("token_revoked id={} user={} by=admin", revoked.id(), revoked.username());
    x.json(200, view(revoked));
  }

  private void restore(Exchange x) throws IOException {
    boolean was = Waiting.on(directory().restore(x.rest()));
    if (was) log.info("token_restored by=admin");
    removed(x, was ? 1 : 0);
  }

  private static Map<String, Object> view(Directory.Revoked t) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("id", t.id());
    v.put("username", t.username());
    v.put("reason", t.reason());
    v.put("at", t.at());
    v.put("until", t.until());
    return v;
  }

  // --- reading

  private static String required(Exchange x, String name) {
    return x.query(name)
        .filter(v -> !v.isBlank())
        .orElseThrow(() -> bad("query: expected " + name + "=…"));
  }

  /// A JSON object, or nothing for an empty one.
  private static JsonNode body(Exchange x, String... allowed) throws IOException {
    JsonNode body;
    try {
      body = Exchange.JSON.readTree(x.body());
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "expected JSON in the body: " + e.getOriginalMessage(), e);
    }
    if (body.isMissingNode()) return Exchange.JSON.createObjectNode();
    Set<String> unknown =
        new TreeSet<>(body.isObject() ? body.propertyNames() : Set.of("something else"));
    unknown.removeAll(Set.of(allowed));
    if (!body.isObject() || !unknown.isEmpty()) {
      throw bad(
          "expected a JSON object with "
              + String.join(", ", allowed)
              + "; found "
              + String.join(", ", unknown));
    }
    return body;
  }

  private static @Nullable String text(JsonNode body, String name) {
    JsonNode value = body.path(name);
    if (value.isMissingNode() || value.isNull()) return null;
    if (value.isString()) return value.asString();
    throw bad("'" + name + "' is a text");
  }

  private static @Nullable JsonNode object(JsonNode body, String name) {
    JsonNode value = body.path(name);
    if (value.isMissingNode() || value.isNull()) return null;
    if (value.isObject()) return value;
    throw bad("'" + name + "' is an object");
  }

  private static void removed(Exchange x, long removed) throws IOException {
    x.json(200, Map.of("removed", removed));
  }

  private static MusterException bad(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }
}
