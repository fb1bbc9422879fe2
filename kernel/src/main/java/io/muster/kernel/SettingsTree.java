package io.muster.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.yaml.YAMLFactory;

/// A YAML or JSON document as it was written: every value with its line and column. Immutable.
public sealed interface SettingsTree {
  /// `file:line:column`.
  String place();

  /// One value; `quoted` when it was written as a text, so that `"1"` is not the number.
  record Scalar(String text, boolean quoted, String place) implements SettingsTree {}

  /// Keys in the order they were written.
  record Branch(Map<String, SettingsTree> entries, String place) implements SettingsTree {
    public Branch {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /// A list.
  record Items(List<SettingsTree> items, String place) implements SettingsTree {
    public Items {
      items = List.copyOf(items);
    }
  }

  /// A key that a mapping has twice.
  ///
  /// @param place of the later one
  /// @param before place of the earlier one
  record Repeat(String key, String place, String before) {}

  /// A document in which keys may be repeated: the last one of each is in the tree.
  ///
  /// @param repeats in the order of the document
  record Lenient(Branch tree, List<Repeat> repeats) {
    public Lenient {
      repeats = List.copyOf(repeats);
    }
  }

  /// The same as JSON; what is not quoted and looks like a number, `true`, `false` or `null` is
  /// one.
  default String json() {
    return switch (this) {
      case Scalar s ->
          !s.quoted && s.text.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?|true|false|null")
              ? s.text
              : quoted(s.text);
      case Branch b ->
          b.entries.entrySet().stream()
              .map(e -> quoted(e.getKey()) + ":" + e.getValue().json())
              .collect(Collectors.joining(",", "{", "}"));
      case Items i ->
          i.items.stream().map(SettingsTree::json).collect(Collectors.joining(",", "[", "]"));
    };
  }

  private static String quoted(String text) {
    StringBuilder s = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') s.append('\\').append(c);
      else if (c < ' ') s.append(String.format("\\u%04x", (int) c));
      else s.append(c);
    }
    return s.append('"').toString();
  }

  /// Parses a document; an empty one is an empty branch. One whose name ends with `.json` is JSON,
  /// which may be indented with tabs where YAML may not.
  ///
  /// @param name of the file, for places
  /// @throws MusterException `setting_invalid` with the place of a syntax error or of a repeated
  ///     key
  static Branch parse(String text, String name) {
    return parse(text, name, true, new ArrayList<>());
  }

  /// The same for a document in which keys may be repeated.
  ///
  /// @throws MusterException `setting_invalid` with the place of a syntax error
  static Lenient parseLenient(String text, String name) {
    List<Repeat> repeats = new ArrayList<>();
    return new Lenient(parse(text, name, false, repeats), repeats);
  }

  private static Branch parse(String text, String name, boolean strictly, List<Repeat> repeats) {
    StreamReadFeature strict = StreamReadFeature.STRICT_DUPLICATE_DETECTION;
    boolean json = name.toLowerCase(Locale.ROOT).endsWith(".json") && !text.isBlank();
    TokenStreamFactory factory =
        json
            ? JsonFactory.builder().configure(strict, strictly).build()
            : YAMLFactory.builder().configure(strict, strictly).build();
    try (JsonParser p = factory.createParser(ObjectReadContext.empty(), text)) {
      if (p.nextToken() == null) return new Branch(Map.of(), name + ":1:1");
      SettingsTree tree = read(p, name, repeats);
      if (tree instanceof Branch branch) return branch;
      if (tree instanceof Scalar s && s.text.isEmpty()) return new Branch(Map.of(), s.place);
      throw new MusterException(
          ErrorCode.SETTING_INVALID, tree.place() + ": expected keys and values at the top");
    } catch (JacksonException e) {
      String place =
          e.getLocation() == null
              ? name
              : name + ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          place
              + ": "
              + e.getOriginalMessage().lines().findFirst().orElse(json ? "not JSON" : "not YAML"),
          e);
    }
  }

  private static SettingsTree read(JsonParser p, String name, List<Repeat> repeats) {
    String place =
        name
            + ":"
            + p.currentTokenLocation().getLineNr()
            + ":"
            + p.currentTokenLocation().getColumnNr();
    JsonToken token = p.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, SettingsTree> entries = new LinkedHashMap<>();
      Map<String, String> keys = new HashMap<>();
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String key = p.currentName();
        String keyPlace =
            name
                + ":"
                + p.currentTokenLocation().getLineNr()
                + ":"
                + p.currentTokenLocation().getColumnNr();
        String before = keys.put(key, keyPlace);
        if (before != null) repeats.add(new Repeat(key, keyPlace, before));
        p.nextToken();
        SettingsTree value = read(p, name, repeats);
        entries.put(key, value instanceof Branch b ? new Branch(b.entries, keyPlace) : value);
      }
      return new Branch(entries, place);
    }
    if (token == JsonToken.START_ARRAY) {
      List<SettingsTree> items = new ArrayList<>();
      while (p.nextToken() != JsonToken.END_ARRAY) items.add(read(p, name, repeats));
      return new Items(items, place);
    }
    if (token == JsonToken.VALUE_NULL) return new Scalar("", false, place);
    return new Scalar(p.getString(), token == JsonToken.VALUE_STRING, place);
  }
}
