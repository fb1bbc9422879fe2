package io.muster.admin;

import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// A method of [Rpc] with the names of its parameters, in the order of happn's functions.
///
/// @param parameters those that may be left out end in `?` and come last
record RpcMethod(List<String> parameters, Call call) {
  RpcMethod {
    parameters = List.copyOf(parameters);
  }

  /// What a method does; may fail with a `MusterException` or a [Rpc.Failure].
  interface Call {
    @Nullable Object call(Arguments given, Caller caller);
  }

  /// Who asks.
  record Caller(InetAddress address) {}

  static RpcMethod of(Call call, String... parameters) {
    return new RpcMethod(List.of(parameters), call);
  }

  private static String name(String parameter) {
    return parameter.endsWith("?") ? parameter.substring(0, parameter.length() - 1) : parameter;
  }

  private String usage(String method) {
    return method + "(" + String.join(", ", parameters) + ")";
  }

  /// @param params an array by position, an object by name, or missing
  Arguments arguments(String method, JsonNode params) {
    Map<String, JsonNode> given = new HashMap<>();
    List<String> names = parameters.stream().map(RpcMethod::name).toList();
    if (params.isArray()) {
      if (params.size() > names.size()) {
        throw Rpc.Failure.params(
            "Invalid params: expected "
                + usage(method)
                + ", found "
                + params.size()
                + " parameters");
      }
      for (int i = 0; i < params.size(); i++) given.put(names.get(i), params.get(i));
    } else if (params.isObject()) {
      for (var p : params.properties()) {
        if (!names.contains(p.getKey())) {
          throw Rpc.Failure.params(
              "Invalid params: expected " + usage(method) + ", found '" + p.getKey() + "'");
        }
        given.put(p.getKey(), p.getValue());
      }
    }
    given.values().removeIf(JsonNode::isNull);
    for (String p : parameters) {
      if (!p.endsWith("?") && !given.containsKey(p)) {
        throw Rpc.Failure.params(
            "Invalid params: expected " + usage(method) + ", '" + p + "' is missing");
      }
    }
    return new Arguments(given);
  }

  /// What a method was given, by name; null counts as absent.
  static final class Arguments {
    private final Map<String, JsonNode> given;

    private Arguments(Map<String, JsonNode> given) {
      this.given = given;
    }

    /// @return missing when it was not given
    JsonNode json(String name) {
      return given.getOrDefault(name, MissingNode.getInstance());
    }

    boolean has(String name) {
      return given.containsKey(name);
    }

    String text(String name) {
      return text(name, json(name));
    }

    String text(String name, String fallback) {
      return has(name) ? text(name) : fallback;
    }

    private static String text(String name, JsonNode value) {
      if (value.isString()) return value.asString();
      throw Rpc.Failure.params("Invalid params: '" + name + "' is a text, found " + kind(value));
    }

    boolean bool(String name, boolean fallback) {
      JsonNode value = json(name);
      if (value.isMissingNode()) return fallback;
      if (value.isBoolean()) return value.asBoolean();
      throw Rpc.Failure.params(
          "Invalid params: '" + name + "' is true or false, found " + kind(value));
    }

    JsonNode object(String name) {
      JsonNode value = json(name);
      if (value.isObject()) return value;
      throw Rpc.Failure.params(
          "Invalid params: " + name + " is null or not an object, found " + kind(value));
    }

    /// A name, or an object that has it.
    String named(String name, String member) {
      JsonNode value = json(name);
      return value.isObject() ? text(name + "." + member, value.path(member)) : text(name, value);
    }

    /// Texts in a list.
    List<String> texts(String name, JsonNode list) {
      if (!list.isArray()) {
        throw Rpc.Failure.params(
            "Invalid params: '" + name + "' is a list of texts, found " + kind(list));
      }
      List<String> texts = new ArrayList<>();
      for (JsonNode x : list) texts.add(text(name, x));
      return texts;
    }

    /// The parameter `options`.
    Options options(String... allowed) {
      if (!has("options")) return new Options(MissingNode.getInstance());
      JsonNode options = object("options");
      members("options", options, allowed);
      return new Options(options);
    }

    /// @throws Rpc.Failure when an object has a member that is not allowed
    static void members(String name, JsonNode object, String... allowed) {
      Set<String> left = new TreeSet<>(object.propertyNames());
      left.removeAll(Set.of(allowed));
      if (left.isEmpty()) return;
      throw Rpc.Failure.params(
          "Invalid params: "
              + name
              + " has "
              + String.join(", ", left)
              + "; known here are "
              + (allowed.length == 0 ? "none" : String.join(", ", allowed)));
    }

    private static String kind(JsonNode value) {
      return value.isMissingNode()
          ? "nothing"
          : value.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// Options of a method; each has what counts when it is not given.
  record Options(JsonNode given) {
    boolean bool(String name, boolean fallback) {
      JsonNode value = given.path(name);
      if (value.isMissingNode() || value.isNull()) return fallback;
      if (value.isBoolean()) return value.asBoolean();
      throw Rpc.Failure.params("Invalid params: options." + name + " is true or false");
    }

    /// An object; null when it is not given.
    JsonValue.@Nullable Obj object(String name) {
      JsonNode value = given.path(name);
      if (value.isMissingNode() || value.isNull()) return null;
      try {
        JsonValue json = JsonText.read(Exchange.JSON.writeValueAsBytes(value));
        if (json instanceof JsonValue.Obj o) return o;
      } catch (IllegalArgumentException e) {
        throw Rpc.Failure.params("Invalid params: options." + name + ": " + e.getMessage());
      }
      throw Rpc.Failure.params("Invalid params: options." + name + " is an object");
    }

    /// @return 0 or more
    int number(String name) {
      JsonNode value = given.path(name);
      if (value.isMissingNode() || value.isNull()) return 0;
      if (value.isInt() && value.asInt() >= 0) return value.asInt();
      throw Rpc.Failure.params("Invalid params: options." + name + " is a number from 0 on");
    }
  }
}
