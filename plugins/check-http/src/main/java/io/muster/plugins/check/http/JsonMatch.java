package io.muster.plugins.check.http;

import io.muster.spi.ProviderSettings;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a JSON text must have: all of some conditions about single values. Immutable.
///
/// A path names members and elements: `status`, `services.0.name`, `services[0].name`; the empty
/// path is the whole.
final class JsonMatch {
  static final String EXPECTED =
      "a list of [path], [path, exists], [path, missing], or [path, eq|ne|lt|le|gt|ge, value]";

  private static final Pattern STEPS = Pattern.compile("[.\\[\\]]+");

  private enum Op {
    EXISTS,
    MISSING,
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE
  }

  private record Condition(String path, Op op, JsonValue value) {}

  private final List<Condition> conditions;

  private JsonMatch(List<Condition> conditions) {
    this.conditions = List.copyOf(conditions);
  }

  /// @param key for errors, with its place: `flow[2].match`
  static JsonMatch read(ProviderSettings s, String key, JsonValue given) {
    if (!(given instanceof JsonValue.Arr list) || list.elements().isEmpty()) {
      throw s.wrong(key, EXPECTED);
    }
    List<Condition> all = new ArrayList<>();
    for (JsonValue e : list.elements()) {
      String here = key + "[" + all.size() + "]";
      if (!(e instanceof JsonValue.Arr parts)
          || parts.elements().isEmpty()
          || !(parts.elements().getFirst() instanceof JsonValue.Text path)) {
        throw s.wrong(here, EXPECTED);
      }
      all.add(condition(s, here, path.value(), parts.elements()));
    }
    return new JsonMatch(all);
  }

  private static Condition condition(
      ProviderSettings s, String here, String path, List<JsonValue> parts) {
    if (parts.size() == 1) return new Condition(path, Op.EXISTS, JsonValue.NULL);
    Op op = null;
    if (parts.get(1) instanceof JsonValue.Text word) {
      for (Op o : Op.values()) {
        if (o.name().toLowerCase(Locale.ROOT).equals(word.value())) op = o;
      }
    }
    if (op == null) throw s.wrong(here, EXPECTED);
    boolean alone = op == Op.EXISTS || op == Op.MISSING;
    if (parts.size() != (alone ? 2 : 3)) throw s.wrong(here, EXPECTED);
    return new Condition(path, op, alone ? JsonValue.NULL : parts.get(2));
  }

  /// What is wrong with a value; empty when nothing is.
  Optional<String> problem(JsonValue json) {
    for (Condition c : conditions) {
      Optional<JsonValue> found = find(json, c.path());
      if (!holds(c, found)) {
        return Optional.of(
            said(c) + ", found: " + found.map(JsonMatch::text).orElse("nothing there"));
      }
    }
    return Optional.empty();
  }

  /// Likewise of a text; one that is no JSON is wrong.
  Optional<String> problem(byte[] utf8) {
    try {
      return problem(JsonText.read(utf8));
    } catch (IllegalArgumentException e) {
      return Optional.of("the answer is " + e.getMessage());
    }
  }

  private static boolean holds(Condition c, Optional<JsonValue> found) {
    if (c.op() == Op.MISSING) return found.isEmpty();
    if (found.isEmpty()) return c.op() == Op.NE;
    JsonValue value = found.get();
    int order = JsonValue.ORDER.compare(value, c.value());
    boolean same = value.type() == c.value().type();
    return switch (c.op()) {
      case EXISTS -> true;
      case MISSING -> false;
      case EQ -> order == 0;
      case NE -> order != 0;
      case LT -> same && order < 0;
      case LE -> same && order <= 0;
      case GT -> same && order > 0;
      case GE -> same && order >= 0;
    };
  }

  private static Optional<JsonValue> find(JsonValue json, String path) {
    JsonValue at = json;
    if (path.isEmpty()) return Optional.of(at);
    for (String step : STEPS.split(path)) {
      if (step.isEmpty()) continue;
      JsonValue next =
          switch (at) {
            case JsonValue.Obj o -> o.members().get(step);
            case JsonValue.Arr a -> element(a, step);
            default -> null;
          };
      if (next == null) return Optional.empty();
      at = next;
    }
    return Optional.of(at);
  }

  private static @Nullable JsonValue element(JsonValue.Arr list, String step) {
    if (!step.matches("\\d{1,9}")) return null;
    int i = Integer.parseInt(step);
    return i < list.elements().size() ? list.elements().get(i) : null;
  }

  private static String said(Condition c) {
    String what = "expected " + c.path() + " ";
    return switch (c.op()) {
      case EXISTS -> what + "to be there";
      case MISSING -> what + "not to be there";
      default -> what + c.op().name().toLowerCase(Locale.ROOT) + " " + text(c.value());
    };
  }

  private static String text(JsonValue value) {
    return Bytes.excerpt(new String(JsonText.write(value), StandardCharsets.UTF_8));
  }
}
