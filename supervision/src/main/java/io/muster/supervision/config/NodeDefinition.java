package io.muster.supervision.config;

import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// A target as somebody wrote it. Immutable.
///
/// @param addr its identity in the cluster: `id` where one is given, else the canonical address
/// @param endpoint where it is reached
/// @param attributes everything else that was written, in its order, `addr` and `id` left out
public record NodeDefinition(String addr, Endpoint endpoint, Map<String, JsonValue> attributes) {
  /// What a member finds out by itself, and nobody may write.
  public static final Set<String> VOLATILE =
      Set.of(
          "available",
          "available_changed",
          "active",
          "checked",
          "shared_state",
          "errors",
          "warnings",
          "attrs",
          "health_checks");

  public NodeDefinition {
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  public Target target(String cluster) {
    return new Target(cluster, addr, endpoint, attributes);
  }

  /// Reads one from its JSON.
  ///
  /// @param port where the address names none; 0 where it must
  /// @throws IllegalArgumentException beginning with the key that is wrong
  public static NodeDefinition of(JsonValue json, int port) {
    if (!(json instanceof JsonValue.Obj node)) {
      throw new IllegalArgumentException("expected keys and values, such as {addr: host:port}");
    }
    Map<String, JsonValue> rest = new LinkedHashMap<>(node.members());
    JsonValue addr = rest.remove("addr");
    if (!(addr instanceof JsonValue.Text text) || text.value().isBlank()) {
      throw new IllegalArgumentException("addr: expected an address such as 10.0.0.1:6379");
    }
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(text.value(), port);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("addr: " + e.getMessage(), e);
    }
    JsonValue id = rest.remove("id");
    String identity = endpoint.text();
    if (id != null) {
      if (!(id instanceof JsonValue.Text t) || !t.value().matches("[^\\s]{1,200}")) {
        throw new IllegalArgumentException("id: expected 1 to 200 characters without blanks");
      }
      identity = t.value();
    }
    rest.forEach(NodeDefinition::check);
    return new NodeDefinition(identity, endpoint, rest);
  }

  /// One attribute beside address and id.
  ///
  /// @throws IllegalArgumentException beginning with its name
  public static void check(String name, JsonValue value) {
    if (VOLATILE.contains(name)) {
      throw new IllegalArgumentException(
          name + ": is found out by the members and cannot be given; take it out");
    }
    switch (name) {
      case "disabled", "spare", "backup", "down", "drain", "resolve", "enableReadyCheck" -> {
        if (!(value instanceof JsonValue.Bool)) {
          throw new IllegalArgumentException(name + ": expected true or false");
        }
      }
      case "comment" -> {
        if (!(value instanceof JsonValue.Text)) {
          throw new IllegalArgumentException("comment: expected a text");
        }
      }
      case "weight", "maxconn", "max_conns", "max_fails" -> {
        if (!(value instanceof JsonValue.Whole w) || w.value() < 0 || w.value() > 1_000_000) {
          throw new IllegalArgumentException(name + ": expected a whole number from 0");
        }
      }
      default -> {}
    }
  }

  public boolean flag(String name) {
    return attributes.get(name) instanceof JsonValue.Bool b && b.value();
  }
}
