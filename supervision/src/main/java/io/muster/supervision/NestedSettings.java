package io.muster.supervision;

import io.muster.kernel.Units;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Arr;
import io.muster.spi.store.JsonValue.Bool;
import io.muster.spi.store.JsonValue.Fraction;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// An object inside of a value of settings, read like settings themselves: `do[0]` of a trigger.
///
/// All errors are thrown at once, at the place of the whole value, with the way to the key:
/// `do[0].commands`. After the last read [#finish] refuses what nobody asked for. Used by one
/// thread.
public final class NestedSettings implements ProviderSettings {
  private final ProviderSettings outer;
  private final String path;
  private final Map<String, JsonValue> members;
  private final Set<String> read = new TreeSet<>();

  /// @param path of the object in `outer`, such as `do[0]`
  public NestedSettings(ProviderSettings outer, String path, Obj object) {
    this.outer = outer;
    this.path = path;
    this.members = object.members();
  }

  /// @throws RuntimeException when the object has a key that was never read
  public void finish() {
    for (String key : members.keySet()) {
      if (!read.contains(key)) {
        throw wrong(key, "a known key; there are " + String.join(", ", read));
      }
    }
  }

  @Override
  public boolean has(String key) {
    read.add(key);
    JsonValue v = members.get(key);
    return v != null && !(v instanceof JsonValue.Null);
  }

  private Optional<JsonValue> given(String key) {
    return has(key) ? Optional.ofNullable(members.get(key)) : Optional.empty();
  }

  /// A scalar as people wrote it.
  private Optional<String> scalar(String key, String expected) {
    return given(key)
        .map(
            v ->
                switch (v) {
                  case Text t -> t.value();
                  case Whole n -> Long.toString(n.value());
                  case Fraction f -> Double.toString(f.value());
                  case Bool b -> Boolean.toString(b.value());
                  case Arr _, Obj _, JsonValue.Null _ -> throw wrong(key, expected);
                });
  }

  @Override
  public String text(String key, String fallback, String meaning) {
    return scalar(key, "a text").orElse(fallback);
  }

  @Override
  public Optional<String> optionalText(String key, String meaning) {
    return scalar(key, "a text").filter(t -> !t.isEmpty());
  }

  @Override
  public Optional<SecretText> secret(String key, String meaning) {
    Optional<String> file = optionalText(key + "_file", meaning);
    Optional<String> plain = optionalText(key, meaning);
    if (file.isEmpty()) return plain.map(SecretText::new);
    if (plain.isPresent()) throw wrong(key, "either " + key + " or " + key + "_file");
    try (var lines = Files.lines(Path.of(file.get()))) {
      return Optional.of(
          new SecretText(
              lines
                  .findFirst()
                  .map(String::strip)
                  .filter(line -> !line.isEmpty())
                  .orElseThrow(() -> wrong(key + "_file", "a file with a first line"))));
    } catch (IOException | UncheckedIOException e) {
      throw wrong(key + "_file", "a file that this member may read (" + e.getMessage() + ")");
    }
  }

  @Override
  public boolean flag(String key, boolean fallback, String meaning) {
    return scalar(key, "true or false")
        .map(
            t ->
                switch (t.toLowerCase(Locale.ROOT)) {
                  case "true", "yes", "on" -> true;
                  case "false", "no", "off" -> false;
                  default -> throw wrong(key, "true or false");
                })
        .orElse(fallback);
  }

  @Override
  public int integer(String key, int fallback, int min, int max, String meaning) {
    String expected = "a whole number from " + min + " to " + max;
    return scalar(key, expected)
        .map(
            t -> {
              try {
                int n = Integer.parseInt(t.strip());
                if (n >= min && n <= max) return n;
              } catch (NumberFormatException e) {
                // Said below.
              }
              throw wrong(key, expected);
            })
        .orElse(fallback);
  }

  @Override
  public Duration duration(
      String key, Duration fallback, Duration min, Duration max, String meaning) {
    String expected = "a duration from " + Units.text(min) + " to " + Units.text(max);
    return scalar(key, expected)
        .map(
            t -> {
              Duration d = Units.duration(t);
              if (d == null || d.compareTo(min) < 0 || d.compareTo(max) > 0) {
                throw wrong(key, expected);
              }
              return d;
            })
        .orElse(fallback);
  }

  @Override
  public long bytes(String key, long fallback, long min, long max, String meaning) {
    String expected = "a size from " + Units.bytes(min) + " to " + Units.bytes(max);
    return scalar(key, expected)
        .map(
            t -> {
              Long n = Units.bytes(t);
              if (n == null || n < min || n > max) throw wrong(key, expected);
              return n;
            })
        .orElse(fallback);
  }

  @Override
  public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning) {
    List<String> names =
        Arrays.stream(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    String expected = "one of " + String.join(", ", names);
    return scalar(key, expected)
        .map(
            t -> {
              int at = names.indexOf(t.toLowerCase(Locale.ROOT));
              if (at < 0) throw wrong(key, expected);
              return type.getEnumConstants()[at];
            })
        .orElse(fallback);
  }

  /// A single text counts as a list of one.
  @Override
  public List<String> texts(String key, List<String> fallback, String meaning) {
    Optional<JsonValue> value = given(key);
    if (value.isEmpty()) return fallback;
    if (!(value.get() instanceof Arr list)) {
      return List.of(scalar(key, "a list of texts").orElseThrow());
    }
    List<String> all = new ArrayList<>();
    for (int i = 0; i < list.elements().size(); i++) {
      if (!(list.elements().get(i) instanceof Text t)) {
        throw wrong(key + "[" + i + "]", "a text, quoted where it looks like a number");
      }
      all.add(t.value());
    }
    return List.copyOf(all);
  }

  /// An object of scalars, as texts; what is no text becomes JSON.
  public Map<String, String> textMap(String key, String meaning) {
    return value(key, "names and texts", meaning).map(v -> textMap(this, key, v)).orElse(Map.of());
  }

  /// The members of an object under `key` of `settings` as texts; what is no text becomes JSON.
  public static Map<String, String> textMap(
      ProviderSettings settings, String key, JsonValue value) {
    if (!(value instanceof Obj o)) throw settings.wrong(key, "names and texts");
    Map<String, String> all = new LinkedHashMap<>();
    o.members().forEach((name, v) -> all.put(name, plain(v)));
    return all;
  }

  /// A text itself, anything else as JSON.
  public static String plain(JsonValue value) {
    return value instanceof Text t
        ? t.value()
        : new String(JsonText.write(value), StandardCharsets.UTF_8);
  }

  @Override
  public Optional<JsonValue> value(String key, String expected, String meaning) {
    return given(key);
  }

  @Override
  public RuntimeException wrong(String key, String expected) {
    return outer.wrong(path + "." + key, expected);
  }
}
