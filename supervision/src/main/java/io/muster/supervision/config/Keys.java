package io.muster.supervision.config;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.Units;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The keys of one map somewhere below `clusters`. Every value says where it stands; what nobody
/// read is refused by [#finish]. Used by one thread.
public final class Keys implements ProviderSettings {
  private final SettingsTree.Branch branch;
  private final String path;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  /// @param path of keys that leads here, for messages
  public Keys(SettingsTree.Branch branch, String path, Problems problems) {
    this.branch = branch;
    this.path = path;
    this.problems = problems;
  }

  public String place() {
    return branch.place();
  }

  public String path() {
    return path;
  }

  Problems problems() {
    return problems;
  }

  /// All keys as they are written.
  List<String> names() {
    return List.copyOf(branch.entries().keySet());
  }

  private String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private @Nullable SettingsTree child(String key) {
    known.add(key);
    return branch.entries().get(key);
  }

  /// The same keys as JSON text.
  String json() {
    return branch.json();
  }

  /// What stands under one of [#names] as JSON text; does not count as reading it.
  String json(String key) {
    SettingsTree value = branch.entries().get(key);
    return value == null ? "null" : value.json();
  }

  private static String words(SettingsTree tree) {
    return switch (tree) {
      case SettingsTree.Scalar s -> s.text().isEmpty() ? "nothing" : "'" + s.text() + "'";
      case SettingsTree.Branch _ -> "keys below it";
      case SettingsTree.Items _ -> "a list";
    };
  }

  private <T> T read(
      String key, T fallback, String expected, Function<String, @Nullable T> reader) {
    SettingsTree value = child(key);
    if (value == null) return fallback;
    if (value instanceof SettingsTree.Scalar s) {
      T read = reader.apply(s.text().strip());
      if (read != null) return read;
    }
    problems.expected(value.place(), path(key), expected, words(value));
    return fallback;
  }

  @Override
  public boolean has(String key) {
    return branch.entries().containsKey(key);
  }

  @Override
  public String text(String key, String fallback, String meaning) {
    return read(key, fallback, "a text", s -> s);
  }

  @Override
  public Optional<String> optionalText(String key, String meaning) {
    String text = text(key, "", meaning);
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  @Override
  public Optional<SecretText> secret(String key, String meaning) {
    Optional<String> given = optionalText(key, meaning);
    Optional<String> file = optionalText(key + "_file", meaning);
    if (given.isPresent() && file.isPresent()) {
      problems.add(place(key), path(key), "give it or " + key + "_file, not both");
    }
    if (given.isPresent()) return given.map(SecretText::new);
    if (file.isEmpty()) return Optional.empty();
    try {
      String line = Files.readString(Path.of(file.get())).lines().findFirst().orElse("").strip();
      if (!line.isEmpty()) return Optional.of(new SecretText(line));
      problems.expected(
          place(key + "_file"), path(key + "_file"), "a file with a secret", "an empty one");
    } catch (IOException e) {
      problems.expected(
          place(key + "_file"),
          path(key + "_file"),
          "a readable file",
          file.get() + " (" + e.getClass().getSimpleName() + ")");
    }
    return Optional.empty();
  }

  @Override
  public boolean flag(String key, boolean fallback, String meaning) {
    return read(
        key,
        fallback,
        "true or false",
        s -> s.equals("true") ? (Boolean) true : s.equals("false") ? (Boolean) false : null);
  }

  @Override
  public int integer(String key, int fallback, int min, int max, String meaning) {
    return read(
        key,
        fallback,
        "a whole number from " + min + " to " + max,
        s -> {
          try {
            int n = Integer.parseInt(s.replace("_", ""));
            return n < min || n > max ? null : (Integer) n;
          } catch (NumberFormatException e) {
            return null;
          }
        });
  }

  @Override
  public Duration duration(
      String key, Duration fallback, Duration min, Duration max, String meaning) {
    SettingsTree value = child(key);
    if (value instanceof SettingsTree.Scalar s && s.text().strip().matches("-?[\\d,.]+")) {
      problems.add(
          value.place(), path(key), "a duration needs a unit: write '" + s.text() + "s' or so");
      return fallback;
    }
    return read(
        key,
        fallback,
        "a duration from "
            + Units.text(min)
            + " to "
            + Units.text(max)
            + ", such as 500ms or 1m30s",
        s -> {
          Duration d = Durations.parse(s);
          return d == null || d.compareTo(min) < 0 || d.compareTo(max) > 0 ? null : d;
        });
  }

  @Override
  public long bytes(String key, long fallback, long min, long max, String meaning) {
    return read(
        key,
        fallback,
        "a size from " + Units.bytes(min) + " to " + Units.bytes(max) + ", such as 64KiB",
        s -> {
          Long n = Units.bytes(s);
          return n == null || n < min || n > max ? null : n;
        });
  }

  @Override
  public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning) {
    List<String> names =
        Arrays.stream(type.getEnumConstants())
            .map(e -> e.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    return read(
        key,
        fallback,
        "one of " + String.join(", ", names),
        s -> {
          int at = names.indexOf(s.toLowerCase(Locale.ROOT).replace('_', '-'));
          return at < 0 ? null : type.getEnumConstants()[at];
        });
  }

  @Override
  public List<String> texts(String key, List<String> fallback, String meaning) {
    SettingsTree value = child(key);
    if (value == null) return fallback;
    if (value instanceof SettingsTree.Scalar s && !s.text().isEmpty()) return List.of(s.text());
    List<String> texts = new ArrayList<>();
    if (value instanceof SettingsTree.Items items) {
      for (SettingsTree item : items.items()) {
        if (item instanceof SettingsTree.Scalar s) texts.add(s.text());
        else problems.expected(item.place(), path(key), "a list of texts", words(item));
      }
      return List.copyOf(texts);
    }
    problems.expected(value.place(), path(key), "a list of texts", words(value));
    return fallback;
  }

  @Override
  public Optional<JsonValue> value(String key, String expected, String meaning) {
    return Optional.ofNullable(child(key)).map(Keys::json);
  }

  static JsonValue json(SettingsTree tree) {
    return JsonText.read(tree.json().getBytes(StandardCharsets.UTF_8));
  }

  /// The maps of a list, each with the path it is found at; nothing when there is no list.
  List<Keys> list(String key, String expected) {
    SettingsTree value = child(key);
    List<Keys> all = new ArrayList<>();
    if (value == null || (value instanceof SettingsTree.Scalar s && s.text().isEmpty())) return all;
    if (!(value instanceof SettingsTree.Items items)) {
      problems.expected(value.place(), path(key), expected, words(value));
      return all;
    }
    for (int i = 0; i < items.items().size(); i++) {
      SettingsTree item = items.items().get(i);
      String at = path(key) + "[" + i + "]";
      if (item instanceof SettingsTree.Branch b) all.add(new Keys(b, at, problems));
      else problems.expected(item.place(), at, "keys and values", words(item));
    }
    return all;
  }

  /// The maps below a map, by their keys.
  Map<String, Keys> named(String key, String expected) {
    SettingsTree value = child(key);
    Map<String, Keys> all = new LinkedHashMap<>();
    if (value == null || (value instanceof SettingsTree.Scalar s && s.text().isEmpty())) return all;
    if (!(value instanceof SettingsTree.Branch b)) {
      problems.expected(value.place(), path(key), expected, words(value));
      return all;
    }
    b.entries()
        .forEach(
            (name, below) -> {
              String at = path(key) + "." + name;
              if (below instanceof SettingsTree.Branch n) all.put(name, new Keys(n, at, problems));
              else problems.expected(below.place(), at, "keys and values", words(below));
            });
    return all;
  }

  /// The map under a key, if it is one.
  Optional<Keys> below(String key, String expected) {
    SettingsTree value = child(key);
    if (value instanceof SettingsTree.Branch b) {
      return Optional.of(new Keys(b, path(key), problems));
    }
    if (value != null) problems.expected(value.place(), path(key), expected, words(value));
    return Optional.empty();
  }

  /// Where a key stands, or the map, where it does not.
  String place(String key) {
    SettingsTree at = branch;
    for (String step : key.split("[.\\[]")) {
      SettingsTree next = null;
      String name = step.endsWith("]") ? step.substring(0, step.length() - 1) : step;
      if (at instanceof SettingsTree.Branch b) next = b.entries().get(name);
      if (at instanceof SettingsTree.Items i && name.matches("\\d{1,6}")) {
        int n = Integer.parseInt(name);
        if (n < i.items().size()) next = i.items().get(n);
      }
      if (next == null) break;
      at = next;
    }
    return at.place();
  }

  @Override
  public MusterException wrong(String key, String expected) {
    String given = has(key) && child(key) instanceof SettingsTree.Scalar s ? s.text() : "";
    return new MusterException(
        ErrorCode.SETTING_INVALID,
        place(key)
            + ": "
            + path(key)
            + ": expected "
            + expected
            + (given.isEmpty() ? "" : ", found '" + given + "'"));
  }

  /// Marks a key as one that somebody else reads.
  void passed(String... keys) {
    known.addAll(Arrays.asList(keys));
  }

  /// Notes every key that nobody read, with the nearest one that somebody did.
  public void finish() {
    branch
        .entries()
        .forEach(
            (key, value) -> {
              if (known.contains(key)) return;
              problems.add(
                  value.place(), path(key), "unknown key" + Settings.suggestion(key, known));
            });
  }
}
