package io.muster.plugins.check.redis;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.muster.plugins.check.redis.BasicSetup.Expected;
import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.store.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `redis-basic`: commands are answered without an error, and perhaps with what is expected.
public final class RedisBasicProvider implements CheckProvider {
  private static final String COMMANDS = "a list of commands, each a list: [SET, x, y]";
  private static final String EXPECT =
      "a list, for each command a text, a number, true, null for nothing, or {regex: …}";

  @Override
  public String name() {
    return "redis-basic";
  }

  @Override
  public CheckSetup read(ProviderSettings s) {
    List<List<String>> commands =
        s.value("commands", COMMANDS, "What is sent, in this order; none: PING.")
            .map(given -> commands(s, given))
            .orElse(List.of());
    Optional<JsonValue> expect =
        s.value("expect", EXPECT, "What each command must answer; true: anything but an error.");
    List<Expected> expected = expect.map(e -> expected(s, e)).orElse(List.of());
    if (commands.isEmpty()) {
      if (!expected.isEmpty()) throw s.wrong("expect", "commands beside it");
      commands = List.of(List.of("PING"));
      expected = List.of(new Expected.Text("PONG"));
    }
    if (expected.size() > commands.size()) {
      throw s.wrong("expect", "at most as many entries as there are commands");
    }
    return new BasicSetup(commands, expected, RedisLogin.read(s));
  }

  private static List<List<String>> commands(ProviderSettings s, JsonValue given) {
    if (!(given instanceof JsonValue.Arr list)) throw s.wrong("commands", COMMANDS);
    List<List<String>> commands = new ArrayList<>();
    for (JsonValue e : list.elements()) {
      String here = "commands[" + commands.size() + "]";
      if (!(e instanceof JsonValue.Arr words) || words.elements().isEmpty()) {
        throw s.wrong(here, COMMANDS);
      }
      List<String> command = new ArrayList<>();
      for (JsonValue word : words.elements()) {
        String text = plain(word);
        if (text == null) throw s.wrong(here + "[" + command.size() + "]", "a text or number");
        command.add(text);
      }
      commands.add(command);
    }
    return commands;
  }

  private static List<Expected> expected(ProviderSettings s, JsonValue given) {
    if (!(given instanceof JsonValue.Arr list)) throw s.wrong("expect", EXPECT);
    List<Expected> all = new ArrayList<>();
    for (JsonValue e : list.elements()) {
      String here = "expect[" + all.size() + "]";
      all.add(
          switch (e) {
            case JsonValue.Null _ -> new Expected.Nothing();
            case JsonValue.Bool(boolean any) when any -> new Expected.Anything();
            case JsonValue.Obj o
                when o.members().size() == 1
                    && o.members().get("regex") instanceof JsonValue.Text t ->
                new Expected.Match(regex(s, here, t.value()));
            default -> {
              String text = plain(e);
              if (text == null || e instanceof JsonValue.Bool) throw s.wrong(here, EXPECT);
              yield new Expected.Text(text);
            }
          });
    }
    return all;
  }

  private static Pattern regex(ProviderSettings s, String here, String text) {
    try {
      return Pattern.compile(text, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      RuntimeException wrong = s.wrong(here, "a regular expression of RE2: " + e.getMessage());
      wrong.addSuppressed(e);
      throw wrong;
    }
  }

  private static @Nullable String plain(JsonValue value) {
    return switch (value) {
      case JsonValue.Text t -> t.value();
      case JsonValue.Whole n -> Long.toString(n.value());
      case JsonValue.Fraction n -> Double.toString(n.value());
      case JsonValue.Bool b -> Boolean.toString(b.value());
      default -> null;
    };
  }
}
