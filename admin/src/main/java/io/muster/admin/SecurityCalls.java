package io.muster.admin;

import io.muster.access.Access;
import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.access.Permissions;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `security.users.*`, `security.groups.*` and `security.lookupTables.*` of `/rpc`, with the
/// parameters and results of happn's functions of the same names.
final class SecurityCalls {
  private static final String USER = "/_SYSTEM/_SECURITY/_USER/";
  private static final String GROUP = "/_SYSTEM/_SECURITY/_GROUP/";
  private static final String PERMISSIONS = "/_SYSTEM/_SECURITY/_PERMISSIONS/";
  private static final String[] PAGE = {"limit", "skip", "count"};

  private final AdminFaces faces;

  SecurityCalls(AdminFaces faces) {
    this.faces = faces;
  }

  private Directory directory() {
    return directory(faces);
  }

  static Directory directory(AdminFaces faces) {
    return access(faces).directory();
  }

  static Access access(AdminFaces faces) {
    return faces
        .access()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "users are not known here yet"));
  }

  void enter(Map<String, RpcMethod> table) {
    String users = "security.users.";
    String groups = "security.groups.";
    table.put(users + "upsertUser", RpcMethod.of((a, _) -> upsertUser(a), "user", "options?"));
    table.put(users + "deleteUser", RpcMethod.of((a, _) -> deleteUser(a), "user", "options?"));
    table.put(users + "getUser", RpcMethod.of((a, _) -> getUser(a), "name", "options?"));
    table.put(users + "listUsers", RpcMethod.of((a, _) -> listUsers(a), "pattern?", "options?"));
    table.put(
        users + "listUsersByGroup",
        RpcMethod.of((a, _) -> listUsersByGroup(a), "group", "options?"));
    table.put(users + "listPermissions", RpcMethod.of((a, _) -> permissionsOf(a), "user"));
    for (boolean group : new boolean[] {false, true}) {
      String of = group ? groups : users;
      String holder = group ? "group" : "user";
      table.put(
          of + "upsertPermission",
          RpcMethod.of(
              (a, _) -> upsertPermission(a, group), holder, "path", "action?", "authorized?"));
      table.put(
          of + "removePermission",
          RpcMethod.of((a, _) -> removePermission(a, group), holder, "path?", "action?"));
      // happn has these in both places.
      table.put(
          of + "linkGroup", RpcMethod.of((a, _) -> linkGroup(a), "group", "user", "options?"));
      table.put(
          of + "unlinkGroup", RpcMethod.of((a, _) -> unlinkGroup(a), "group", "user", "options?"));
      table.put(of + "upsertGroup", RpcMethod.of((a, _) -> upsertGroup(a), "group", "options?"));
      table.put(of + "deleteGroup", RpcMethod.of((a, _) -> deleteGroup(a), "group", "options?"));
      table.put(of + "getGroup", RpcMethod.of((a, _) -> getGroup(a), "name", "options?"));
      table.put(of + "listGroups", RpcMethod.of((a, _) -> listGroups(a), "pattern?", "options?"));
    }
    String tables = "security.lookupTables.";
    table.put(tables + "upsertLookupTable", RpcMethod.of((a, _) -> upsertTable(a), "table"));
    table.put(tables + "fetchLookupTable", RpcMethod.of((a, _) -> fetchTable(a), "name"));
    table.put(tables + "insertPath", RpcMethod.of((a, _) -> insertPath(a), "table", "path"));
    table.put(tables + "removePath", RpcMethod.of((a, _) -> removePath(a), "table", "path"));
    table.put(tables + "deleteLookupTable", RpcMethod.of((a, _) -> deleteTable(a), "name"));
    table.put(
        tables + "upsertLookupPermission",
        RpcMethod.of((a, _) -> upsertRule(a), "group", "permission"));
    table.put(
        tables + "removeLookupPermission",
        RpcMethod.of((a, _) -> removeRule(a), "group", "permission"));
  }

  // --- users

  private Object upsertUser(RpcMethod.Arguments a) {
    JsonNode user = a.object("user");
    // What getUser tells beside is taken back without being changed by it.
    RpcMethod.Arguments.members(
        "user",
        user,
        "username",
        "password",
        "publicKey",
        "custom_data",
        "authType",
        "permissions",
        "userid",
        "groups",
        "_meta");
    boolean overwrite = a.options("overwrite").bool("overwrite", true);
    Directory.UserChange change =
        new Directory.UserChange(
            text(user, "username", ""),
            optional(user, "password"),
            optional(user, "publicKey"),
            custom(user),
            optional(user, "authType"),
            Permissions.of(user.path("permissions")));
    return view(Waiting.on(directory().upsertUser(change, overwrite)), false);
  }

  private static @Nullable String optional(JsonNode object, String member) {
    JsonNode value = object.path(member);
    return value.isMissingNode() || value.isNull() ? null : text(object, member, "");
  }

  private static String text(JsonNode object, String member, String fallback) {
    JsonNode value = object.path(member);
    if (value.isMissingNode() || value.isNull()) return fallback;
    if (value.isString()) return value.asString();
    throw Rpc.Failure.params("Invalid params: '" + member + "' is a text");
  }

  private static @Nullable JsonNode custom(JsonNode object) {
    JsonNode value = object.path("custom_data");
    if (value.isMissingNode() || value.isNull()) return null;
    if (value.isObject()) return value;
    throw Rpc.Failure.params("Invalid params: 'custom_data' is an object");
  }

  private Object deleteUser(RpcMethod.Arguments a) {
    a.options();
    String name = a.named("user", "username");
    Optional<Directory.User> before = Waiting.on(directory().user(name));
    boolean removed = true;
    try {
      Waiting.on(directory().deleteUser(name));
    } catch (MusterException e) {
      // happn removes nothing and says so.
      if (e.code() != ErrorCode.ACCESS_NOT_FOUND) throw e;
      removed = false;
    }
    ObjectNode answer = object();
    String path = USER + before.map(Directory.User::username).orElse(name);
    answer.set("obj", removal(removed ? 1 : 0, path));
    int links = removed ? before.map(u -> u.groups().size()).orElse(0) : 0;
    answer.set("tree", removal(links, path + "/*"));
    return answer;
  }

  private @Nullable Object getUser(RpcMethod.Arguments a) {
    RpcMethod.Options o = a.options("includeGroups");
    boolean groups = o.bool("includeGroups", true);
    return Waiting.on(directory().user(a.text("name"))).map(u -> view(u, groups)).orElse(null);
  }

  private Object listUsers(RpcMethod.Arguments a) {
    List<Directory.User> found = Waiting.on(directory().users(prefix(a.text("pattern", "*"))));
    return page(found, a.options(PAGE), u -> view(u, false));
  }

  private Object listUsersByGroup(RpcMethod.Arguments a) {
    List<Directory.User> found = Waiting.on(directory().usersOf(a.named("group", "name")));
    return page(found, a.options(PAGE), u -> view(u, false));
  }

  /// happn's patterns of names always go on.
  private static String prefix(String pattern) {
    return pattern.endsWith("*") ? pattern : pattern + "*";
  }

  private static <T> Object page(
      List<T> found,
      RpcMethod.Options options,
      java.util.function.Function<T, ? extends JsonNode> view) {
    if (options.bool("count", false)) return object().put("value", found.size());
    int limit = options.number("limit");
    ArrayNode list = Exchange.JSON.createArrayNode();
    found.stream()
        .skip(options.number("skip"))
        .limit(limit == 0 ? Long.MAX_VALUE : limit)
        .map(view)
        .forEach(list::add);
    return list;
  }

  private static JsonNode view(Directory.User u, boolean groups) {
    ObjectNode node = object();
    node.put("username", u.username()).put("userid", u.userid());
    node.set("custom_data", u.customData() == null ? object() : u.customData());
    if (u.publicKey() != null) node.put("publicKey", u.publicKey());
    if (u.authType() != null) node.put("authType", u.authType());
    node.set("permissions", permissions(u.permissions()));
    if (groups) {
      ObjectNode of = node.putObject("groups");
      for (String g : u.groups()) of.putObject(g).putObject("data");
    }
    return node;
  }

  /// `{"/a/*": {"actions": ["get"], "prohibit": ["set"]}}`.
  static ObjectNode permissions(Map<String, Directory.Permission> all) {
    ObjectNode node = object();
    all.forEach(
        (path, p) -> {
          ObjectNode of = node.putObject(path);
          if (!p.actions().isEmpty()) actions(of.putArray("actions"), p.actions());
          if (!p.prohibit().isEmpty()) actions(of.putArray("prohibit"), p.prohibit());
        });
    return node;
  }

  private static void actions(ArrayNode to, List<Action> actions) {
    actions.forEach(x -> to.add(x.text()));
  }

  private Object permissionsOf(RpcMethod.Arguments a) {
    String name = a.named("user", "username");
    Map<String, Directory.Permission> all =
        Waiting.on(directory().user(name)).map(Directory.User::permissions).orElse(Map.of());
    ArrayNode list = Exchange.JSON.createArrayNode();
    all.forEach(
        (path, p) -> {
          for (Action x : p.actions()) list.add(permission(path, x, true));
          for (Action x : p.prohibit()) list.add(permission(path, x, false));
        });
    return list;
  }

  private static ObjectNode permission(String path, Action action, boolean authorized) {
    return object().put("action", action.text()).put("authorized", authorized).put("path", path);
  }

  // --- groups

  private Object upsertGroup(RpcMethod.Arguments a) {
    JsonNode group = a.object("group");
    RpcMethod.Arguments.members("group", group, "name", "custom_data", "permissions", "_meta");
    boolean overwrite = a.options("overwrite").bool("overwrite", true);
    Directory.GroupChange change =
        new Directory.GroupChange(
            text(group, "name", ""), custom(group), Permissions.of(group.path("permissions")));
    ObjectNode answer = view(Waiting.on(directory().upsertGroup(change, overwrite)));
    answer.set("_meta", meta(GROUP + change.name()));
    return answer;
  }

  private Object deleteGroup(RpcMethod.Arguments a) {
    a.options();
    String name = a.named("group", "name");
    Optional<Directory.Group> before = Waiting.on(directory().group(name));
    int users = before.isPresent() ? Waiting.on(directory().usersOf(name)).size() : 0;
    Waiting.on(directory().deleteGroup(name));
    ObjectNode answer = object().put("removed", 1);
    answer.set("obj", before.map(SecurityCalls::view).orElse(object().put("name", name)));
    answer.set("links", removal(users, USER + "*/_USER_GROUP/" + name));
    int permissions =
        before.stream()
            .flatMap(g -> g.permissions().values().stream())
            .mapToInt(p -> p.actions().size() + p.prohibit().size())
            .sum();
    answer.set("permissions", removal(permissions, PERMISSIONS + name + "/*"));
    return answer;
  }

  private @Nullable Object getGroup(RpcMethod.Arguments a) {
    a.options();
    return Waiting.on(directory().group(a.text("name"))).map(SecurityCalls::view).orElse(null);
  }

  private Object listGroups(RpcMethod.Arguments a) {
    List<Directory.Group> found = Waiting.on(directory().groups(prefix(a.text("pattern", "*"))));
    return page(found, a.options(PAGE), SecurityCalls::view);
  }

  private static ObjectNode view(Directory.Group g) {
    ObjectNode node = object().put("name", g.name());
    node.set("custom_data", g.customData() == null ? object() : g.customData());
    node.set("permissions", permissions(g.permissions()));
    return node;
  }

  private Object linkGroup(RpcMethod.Arguments a) {
    a.options();
    String group = a.named("group", "name");
    String user = a.named("user", "username");
    Waiting.on(directory().link(group, user));
    ObjectNode answer = object();
    answer.set("_meta", meta(USER + user + "/_USER_GROUP/" + group));
    return answer;
  }

  private Object unlinkGroup(RpcMethod.Arguments a) {
    a.options();
    String group = a.named("group", "name");
    String user = a.named("user", "username");
    boolean was = Waiting.on(directory().unlink(group, user));
    return removal(was ? 1 : 0, USER + user + "/_USER_GROUP/" + group);
  }

  // --- permissions

  private static Holder holder(RpcMethod.Arguments a, boolean group) {
    return group
        ? Holder.ofGroup(a.named("group", "name"))
        : Holder.ofUser(a.named("user", "username"));
  }

  private Object upsertPermission(RpcMethod.Arguments a, boolean group) {
    Holder holder = holder(a, group);
    String path = a.text("path");
    Action action = Permissions.action(path, a.text("action", "*"));
    boolean authorized = a.bool("authorized", true);
    Waiting.on(directory().upsertPermission(holder, path, action, authorized));
    ObjectNode answer = object();
    answer.set("data", permission(path, action, authorized));
    answer.set("_meta", meta(kept(holder, path, action)));
    return answer;
  }

  private Object removePermission(RpcMethod.Arguments a, boolean group) {
    Holder holder = holder(a, group);
    String path = a.text("path", "*");
    Action action = Permissions.action(path, a.text("action", "*"));
    boolean was = Waiting.on(directory().removePermission(holder, path, action));
    return removal(was ? 1 : 0, kept(holder, path, action));
  }

  /// Where happn keeps it.
  private static String kept(Holder holder, String path, Action action) {
    return PERMISSIONS
        + (holder.group() ? "" : "_USER/")
        + holder.name()
        + "/"
        + action.text()
        + "/"
        + path.replace("*", "{{w}}");
  }

  // --- lookup tables

  private @Nullable Object upsertTable(RpcMethod.Arguments a) {
    JsonNode table = a.object("table");
    RpcMethod.Arguments.members("table", table, "name", "paths");
    List<String> paths = a.texts("table.paths", table.path("paths"));
    Waiting.on(directory().addToTable(text(table, "name", ""), paths));
    return null;
  }

  private Object fetchTable(RpcMethod.Arguments a) {
    String name = a.text("name");
    ObjectNode answer = object().put("name", name);
    ArrayNode paths = answer.putArray("paths");
    Waiting.on(directory().table(name)).forEach(paths::add);
    return answer;
  }

  private @Nullable Object insertPath(RpcMethod.Arguments a) {
    Waiting.on(directory().addToTable(a.text("table"), List.of(a.text("path"))));
    return null;
  }

  private @Nullable Object removePath(RpcMethod.Arguments a) {
    Waiting.on(directory().removeFromTable(a.text("table"), a.text("path")));
    return null;
  }

  private @Nullable Object deleteTable(RpcMethod.Arguments a) {
    Waiting.on(directory().deleteTable(a.text("name")));
    return null;
  }

  private static Directory.TableRule rule(RpcMethod.Arguments a) {
    JsonNode rule = a.object("permission");
    RpcMethod.Arguments.members("permission", rule, "table", "regex", "actions", "path");
    String path = text(rule, "path", "");
    List<Action> actions = new ArrayList<>();
    for (String x : a.texts("permission.actions", rule.path("actions"))) {
      actions.add(Permissions.action(path, x));
    }
    return new Directory.TableRule(text(rule, "table", ""), text(rule, "regex", ""), actions, path);
  }

  private @Nullable Object upsertRule(RpcMethod.Arguments a) {
    Waiting.on(directory().upsertTableRule(a.named("group", "name"), rule(a)));
    return null;
  }

  private @Nullable Object removeRule(RpcMethod.Arguments a) {
    Waiting.on(directory().removeTableRule(a.named("group", "name"), rule(a)));
    return null;
  }

  // --- shapes

  private static ObjectNode object() {
    return Exchange.JSON.createObjectNode();
  }

  private static ObjectNode meta(String path) {
    return object().put("path", path);
  }

  private static ObjectNode removal(int removed, String path) {
    ObjectNode node = object();
    node.putObject("data").put("removed", removed);
    node.set("_meta", meta(path));
    return node;
  }
}
