package io.muster.access.driver;

import io.muster.access.Action;
import io.muster.access.Holder;
import io.muster.access.core.AccessJson;
import io.muster.access.core.Notice;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What clients are told of changes, in the shapes they evaluate.
final class Notices {
  /// Not told to anybody: sessions with this parent end.
  static final String END_CHILDREN = "end-children";

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

  static Notice user(String what, String username, JsonNode permissions) {
    ObjectNode data = object().put("username", username);
    data.set("permissions", permissions);
    return of(what, data);
  }

  static Notice group(String what, String name, JsonNode permissions) {
    ObjectNode data = object().put("name", name);
    data.set("permissions", permissions);
    return of(what, data);
  }

  static Notice link(String what, String group, String user) {
    ObjectNode data =
        object().put("path", "/_SYSTEM/_SECURITY/_USER/" + user + "/_USER_GROUP/" + group);
    return of(what, data);
  }

  static Notice permission(String what, Holder holder, String path, Action action) {
    ObjectNode data = object().put(holder.group() ? "groupName" : "username", holder.name());
    return of(what, data.put("path", path).put("action", action.text()));
  }

  static Notice named(String what, String member, String name) {
    return of(what, object().put(member, name));
  }

  static Notice endChildren(String session) {
    return named(END_CHILDREN, "session", session);
  }
}
