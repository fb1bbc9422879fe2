package io.muster.access;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Permissions as users write them: `{"/a/*": {"actions": ["get", "on"], "prohibit": ["set"]}}`.
public final class Permissions {
  private Permissions() {}

  /// @param node an object; missing or null for none
  /// @throws MusterException `access_invalid` that names path and action
  public static Map<String, Directory.Permission> of(JsonNode node) {
    Map<String, Directory.Permission> all = new LinkedHashMap<>();
    if (node.isMissingNode() || node.isNull()) return all;
    if (!node.isObject()) {
      throw invalid("group permissions invalid: expected an object of paths, found " + node);
    }
    for (Map.Entry<String, JsonNode> e : node.properties()) {
      JsonNode p = e.getValue();
      all.put(
          e.getKey(),
          new Directory.Permission(
              actions(e.getKey(), p.path("actions")),
              actions(e.getKey(), p.path("prohibit")),
              p.path("remove").asBoolean(false)));
    }
    return all;
  }

  private static List<Action> actions(String path, JsonNode list) {
    List<Action> actions = new ArrayList<>();
    for (JsonNode x : list) actions.add(action(path, x.asString("")));
    return actions;
  }

  /// @throws MusterException `access_invalid`
  public static Action action(String path, String text) {
    return Action.of(text)
        .orElseThrow(
            () ->
                invalid(
                    "group permissions invalid: unknown action: " + text + " for path: " + path));
  }

  private static MusterException invalid(String message) {
    return new MusterException(ErrorCode.ACCESS_INVALID, message);
  }
}
