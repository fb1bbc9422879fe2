package io.muster.spi.store;

import io.muster.spi.store.JsonValue.Arr;
import io.muster.spi.store.JsonValue.Bool;
import io.muster.spi.store.JsonValue.Fraction;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// JSON text as values and back. Of a name that an object has twice the last value counts. Safe on
/// any thread.
public final class JsonText {
  /// How deep objects and arrays may lie in each other.
  public static final int DEPTH_MAX = 1000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonText() {}

  /// Reads one value.
  ///
  /// @param utf8 the whole text
  /// @throws IllegalArgumentException when it is no JSON value, or nested too deeply
  public static JsonValue read(byte[] utf8) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), utf8)) {
      p.nextToken();
      JsonValue value = value(p);
      if (p.nextToken() != null) throw new IllegalArgumentException("more than one JSON value");
      return value;
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
  }

  /// Reads some members of an object and passes over the others.
  ///
  /// @param utf8 the whole text
  /// @param wanted the names of the members that the answer has, where they are there
  /// @throws IllegalArgumentException when it is no JSON object, or nested too deeply
  public static Obj read(byte[] utf8, Set<String> wanted) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), utf8)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("no JSON object");
      }
      LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String name = p.currentName();
        p.nextToken();
        if (wanted.contains(name)) members.put(name, value(p));
        else p.skipChildren();
      }
      return new Obj(members);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static JsonValue value(JsonParser p) {
    JsonToken token = p.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
        while (p.nextToken() != JsonToken.END_OBJECT) {
          String name = p.currentName();
          p.nextToken();
          members.put(name, value(p));
        }
        yield new Obj(members);
      }
      case START_ARRAY -> {
        List<JsonValue> elements = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) elements.add(value(p));
        yield new Arr(elements);
      }
      case VALUE_STRING -> new Text(p.getString());
      case VALUE_NUMBER_INT ->
          switch (p.getNumberType()) {
            case INT, LONG -> new Whole(p.getLongValue());
            default -> JsonValue.number(Double.parseDouble(p.getString()));
          };
      case VALUE_NUMBER_FLOAT -> JsonValue.number(Double.parseDouble(p.getString()));
      case VALUE_TRUE -> new Bool(true);
      case VALUE_FALSE -> new Bool(false);
      case VALUE_NULL -> JsonValue.NULL;
      case null, default -> throw new IllegalArgumentException("no JSON value");
    };
  }

  /// Writes a value without white space; what is read again is equal to it.
  public static byte[] write(JsonValue value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(JsonValue value, StringBuilder out) {
    switch (value) {
      case JsonValue.Null _ -> out.append("null");
      case Bool b -> out.append(b.value());
      case Whole n -> out.append(n.value());
      case Fraction n -> {
        if (Double.isInfinite(n.value())) out.append(n.value() > 0 ? "1e999" : "-1e999");
        else out.append(n.value());
      }
      case Text t -> quote(t.value(), out);
      case Arr a -> {
        out.append('[');
        boolean first = true;
        for (JsonValue e : a.elements()) {
          if (!first) out.append(',');
          first = false;
          write(e, out);
        }
        out.append(']');
      }
      case Obj o -> {
        out.append('{');
        boolean first = true;
        for (Map.Entry<String, JsonValue> e : o.members().entrySet()) {
          if (!first) out.append(',');
          first = false;
          quote(e.getKey(), out);
          out.append(':');
          write(e.getValue(), out);
        }
        out.append('}');
      }
    }
  }

  private static void quote(String s, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      // Surrogates too: one that stands alone has no bytes in UTF-8.
      if (c < 0x20 || Character.isSurrogate(c)) {
        out.append("\\u").append(Character.forDigit(c >> 12, 16));
        out.append(Character.forDigit(c >> 8 & 15, 16));
        out.append(Character.forDigit(c >> 4 & 15, 16));
        out.append(Character.forDigit(c & 15, 16));
        continue;
      }
      if (c == '"' || c == '\\') out.append('\\');
      out.append(c);
    }
    out.append('"');
  }
}
