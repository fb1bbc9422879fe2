package io.muster.access.driver;

import io.muster.access.Action;
import io.muster.access.Holder;
import io.muster.access.core.AccessJson;
import io.muster.access.core.AccessModel;
import io.muster.access.core.GroupRecord;
import io.muster.access.core.Notice;
import io.muster.access.core.UserRecord;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What clients are told of changes, in the shapes they evaluate.
final class Notices {
  /// Not told to anybody: sessions with this parent end.
  static final String END_CHILDREN = "end-children";

  private static final String UNLINK_GROUP = "unlink-group";
  private static final String USERS = "/_SYSTEM/_SECURITY/_USER/";
  private static final String USER_GROUP = "/_USER_GROUP/";

  private static final Set<String> SILENT =
      Set.of(
          END_CHILDREN,
          "token-revoked",
          "token-restored",
          "lookup-table-changed",
          "lookup-permission-changed");

  private Notices() {}

  /// Whether sessions are told of it.
  static boolean told(Notice n) {
    return !SILENT.contains(n.what());
  }

  static Notice of(String what, JsonNode data) {
    return new Notice(what, data, UUID.randomUUID().toString());
  }

  private static ObjectNode object() {
    return AccessJson.mapper().createObjectNode();
  }

  /// A user as it is now, and what was changed of its permissions.
  static Notice user(UserRecord now, JsonNode permissions) {
    ObjectNode data = object().put("username", now.username()).put("userid", now.userid());
    if (now.customData() != null) data.set("custom_data", now.customData());
    data.set("permissions", permissions);
    return of("upsert-user", data);
  }

  /// A group as it is now, and what was changed of its permissions.
  static Notice group(GroupRecord now, JsonNode permissions) {
    ObjectNode data = object().put("name", now.name());
    if (now.customData() != null) data.set("custom_data", now.customData());
    data.putObject("_meta").put("path", "/_SYSTEM/_SECURITY/_GROUP/" + now.name());
    if (!permissions.isEmpty()) data.set("permissions", permissions);
    return of("upsert-group", data);
  }

  static Notice groupDeleted(GroupRecord was) {
    ObjectNode data = object().put("removed", 1);
    ObjectNode group = data.putObject("obj").put("name", was.name());
    if (was.customData() != null) group.set("custom_data", was.customData());
    return of("delete-group", data);
  }

  private static String link(String group, String user) {
    return USERS + user + USER_GROUP + group;
  }

  static Notice linked(String group, String user) {
    ObjectNode data = object();
    data.putObject("_meta").put("path", link(group, user));
    return of("link-group", data);
  }

  static Notice unlinked(String group, String user) {
    return of(UNLINK_GROUP, object().put("path", link(group, user)));
  }

  static Notice permissionUpserted(Holder holder, String path, Action action, boolean authorized) {
    return of(
        "permission-upserted", permission(holder, path, action).put("authorized", authorized));
  }

  static Notice permissionRemoved(Holder holder, String path, Action action) {
    return of("permission-removed", permission(holder, path, action));
  }

  private static ObjectNode permission(Holder holder, String path, Action action) {
    ObjectNode data = object().put(holder.group() ? "groupName" : "username", holder.name());
    return data.put("path", path).put("action", action.text());
  }

  /// What clients are told of it. Whoever leaves a group learns what it might do there, to
  /// forget listeners: too much to be kept with the change, and every member has it.
  static JsonNode shown(Notice n, AccessModel model) {
    if (!n.what().equals(UNLINK_GROUP)) return n.data();
    String path = n.data().path("path").asString("");
    String group = path.substring(path.lastIndexOf('/') + 1);
    ObjectNode data = object().put("path", path);
    data.set("permissions", Views.permissions(model.rules(Holder.ofGroup(group))));
    return data;
  }

  /// What other parts of the member are told of it, in the shape happn-cluster replicates; empty
  /// for what is no change.
  ///
  /// @param shown as of [#shown]
  static Optional<byte[]> replicated(Notice n, JsonNode shown) {
    if (n.what().equals(END_CHILDREN)) return Optional.empty();
    ObjectNode change = object();
    change.putObject(n.what()).putObject(key(n)).set("changedData", shown);
    return Optional.of(AccessJson.write(change));
  }

  /// The user, group or table that was changed.
  private static String key(Notice n) {
    JsonNode d = n.data();
    for (String name : List.of("username", "groupName", "name", "table", "group", "id")) {
      if (d.path(name).isString()) return d.path(name).asString();
    }
    if (d.path("obj").has("name")) return d.path("obj").path("name").asString();
    String path = d.path("path").asString(d.path("_meta").path("path").asString(""));
    int from = path.indexOf(USERS);
    int to = path.indexOf(USER_GROUP);
    return from < 0 || to < 0 ? path : path.substring(from + USERS.length(), to);
  }

  static Notice named(String what, String member, String name) {
    return of(what, object().put(member, name));
  }

  static Notice endChildren(String session) {
    return named(END_CHILDREN, "session", session);
  }
}
