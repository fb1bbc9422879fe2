package io.muster.access.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What limits sessions of one kind, whatever their user may do. Travels in tokens.
///
/// @param ttl milliseconds a token lives; 0 for ever
/// @param inactivity milliseconds between requests; 0 for any
/// @param usageLimit requests a session may make; 0 for any number
/// @param permissions actions by path that sessions are limited to, where they are `limited`
/// @param whitelist addresses sessions may come from; empty for all
public record Policy(
    long ttl,
    long inactivity,
    long usageLimit,
    Map<String, List<String>> permissions,
    boolean limited,
    boolean disallowTokenLogins,
    boolean lockTokenToOrigin,
    List<String> whitelist) {
  /// No limits.
  public static final Policy NONE = new Policy(0, 0, 0, Map.of(), false, false, false, List.of());

  /// As clients are told and as tokens carry it.
  public ObjectNode json() {
    ObjectNode node = AccessJson.mapper().createObjectNode();
    node.put("ttl", ttl);
    if (inactivity > 0) node.put("inactivity_threshold", inactivity);
    else node.putNull("inactivity_threshold");
    if (usageLimit > 0) node.put("usage_limit", usageLimit);
    if (limited) {
      ObjectNode all = node.putObject("permissions");
      permissions.forEach(
          (path, actions) -> {
            var list = all.putObject(path).putArray("actions");
            actions.forEach(list::add);
          });
    }
    if (disallowTokenLogins) node.put("disallowTokenLogins", true);
    if (lockTokenToOrigin) node.put("lockTokenToOrigin", true);
    if (!whitelist.isEmpty()) {
      var list = node.putArray("sourceIPWhitelist");
      whitelist.forEach(list::add);
    }
    return node;
  }

  /// What [#json] wrote; members that are missing set no limit.
  public static Policy of(JsonNode node) {
    Map<String, List<String>> permissions = new LinkedHashMap<>();
    JsonNode limits = node.path("permissions");
    limits
        .properties()
        .forEach(e -> permissions.put(e.getKey(), texts(e.getValue().path("actions"))));
    return new Policy(
        Math.max(0, node.path("ttl").asLong(0)),
        Math.max(0, node.path("inactivity_threshold").asLong(0)),
        Math.max(0, node.path("usage_limit").asLong(0)),
        permissions,
        limits.isObject(),
        node.path("disallowTokenLogins").asBoolean(false),
        node.path("lockTokenToOrigin").asBoolean(false),
        texts(node.path("sourceIPWhitelist")));
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    if (list.isArray()) list.forEach(x -> texts.add(x.asString("")));
    return texts;
  }
}
