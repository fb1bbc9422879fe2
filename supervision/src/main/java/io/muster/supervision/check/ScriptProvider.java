package io.muster.supervision.check;

import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.store.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `script`: a program looks, and its exit code says what it saw.
public final class ScriptProvider implements CheckProvider {
  private static final String COMMAND = "a shell command, or a list: program and arguments";
  private static final String ENV = "an object of texts";

  @Override
  public String name() {
    return "script";
  }

  @Override
  public CheckSetup read(ProviderSettings settings) {
    List<String> command =
        command(
            settings,
            settings
                .value(
                    "command",
                    COMMAND,
                    "What is started for each probe, "
                        + "without a shell where it is a list. Exit code 0 is passing, 1 warning.")
                .orElse(null));
    Map<String, String> env =
        env(
            settings,
            settings
                .value("env", ENV, "Further variables of its environment.")
                .orElse(JsonValue.NULL));
    String directory =
        settings.text("directory", "/", "Where it runs; an absolute path of a directory.");
    if (!directory.startsWith("/")) throw settings.wrong("directory", "an absolute path");
    int concurrent =
        settings.integer(
            "concurrent", 16, 1, 1024, "How many of them run at once; others wait for their turn.");
    return new ScriptSetup(command, env, directory, concurrent);
  }

  private static List<String> command(ProviderSettings settings, @Nullable JsonValue given) {
    if (given instanceof JsonValue.Text t && !t.value().isBlank()) {
      return List.of("/bin/sh", "-c", t.value());
    }
    if (!(given instanceof JsonValue.Arr list) || list.elements().isEmpty()) {
      throw settings.wrong("command", COMMAND);
    }
    List<String> words = new ArrayList<>();
    for (JsonValue e : list.elements()) {
      String word = plain(e);
      if (word == null) throw settings.wrong("command[" + words.size() + "]", "a text");
      words.add(word);
    }
    if (words.getFirst().isBlank()) throw settings.wrong("command[0]", "the name of a program");
    return words;
  }

  private static Map<String, String> env(ProviderSettings settings, JsonValue given) {
    if (given == JsonValue.NULL) return Map.of();
    if (!(given instanceof JsonValue.Obj object)) throw settings.wrong("env", ENV);
    Map<String, String> env = new LinkedHashMap<>();
    object
        .members()
        .forEach(
            (name, value) -> {
              String text = plain(value);
              if (text == null || !name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                throw settings.wrong("env." + name, "a name of letters, digits and _, and a text");
              }
              env.put(name, text);
            });
    return env;
  }

  /// Texts, and what is written without quotes and means one.
  static @Nullable String plain(JsonValue value) {
    return switch (value) {
      case JsonValue.Text t -> t.value().indexOf('\0') >= 0 ? null : t.value();
      case JsonValue.Whole n -> Long.toString(n.value());
      case JsonValue.Fraction n -> Double.toString(n.value());
      case JsonValue.Bool b -> Boolean.toString(b.value());
      default -> null;
    };
  }
}
