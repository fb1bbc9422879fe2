package io.muster.plugins.balancer.envoy;

import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Builds JSON from objects, and prints it so that people can read it. For one thread.
final class Json {
  private final LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();

  static Json object() {
    return new Json();
  }

  /// An object that says which of envoy's types it is.
  static Json typed(String type) {
    return object().with("@type", "type.googleapis.com/" + type);
  }

  Json with(String name, JsonValue value) {
    members.put(name, value);
    return this;
  }

  Json with(String name, String text) {
    return with(name, new JsonValue.Text(text));
  }

  Json with(String name, long number) {
    return with(name, new JsonValue.Whole(number));
  }

  Json with(String name, Json object) {
    return with(name, object.value());
  }

  Json with(String name, List<Json> objects) {
    return with(name, new JsonValue.Arr(objects.stream().map(Json::value).toList()));
  }

  JsonValue value() {
    return new JsonValue.Obj(members);
  }

  /// As text, two spaces to a level.
  String text() {
    StringBuilder out = new StringBuilder();
    write(value(), "", out);
    return out.append('\n').toString();
  }

  private static void write(JsonValue value, String indent, StringBuilder out) {
    String inner = indent + "  ";
    switch (value) {
      case JsonValue.Obj o when !o.members().isEmpty() -> {
        String before = "{\n";
        for (Map.Entry<String, JsonValue> e : o.members().entrySet()) {
          out.append(before).append(inner);
          leaf(new JsonValue.Text(e.getKey()), out);
          out.append(": ");
          write(e.getValue(), inner, out);
          before = ",\n";
        }
        out.append('\n').append(indent).append('}');
      }
      case JsonValue.Arr a when !a.elements().isEmpty() -> {
        String before = "[\n";
        for (JsonValue element : a.elements()) {
          out.append(before).append(inner);
          write(element, inner, out);
          before = ",\n";
        }
        out.append('\n').append(indent).append(']');
      }
      default -> leaf(value, out);
    }
  }

  private static void leaf(JsonValue value, StringBuilder out) {
    out.append(new String(JsonText.write(value), StandardCharsets.UTF_8));
  }
}
