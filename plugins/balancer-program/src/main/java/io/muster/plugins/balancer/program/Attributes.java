package io.muster.plugins.balancer.program;

import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a target says about itself, as far as a configuration file can bear it. A value that is
/// wrong is left out with a note, so that one target cannot keep a balancer from all others.
///
/// For one thread.
public final class Attributes {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,255}");
  private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._/@+~-]{1,106}");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._:/@+=-]{1,64}");
  private static final Pattern TIME = Pattern.compile("[0-9]{1,9}(ms|s|m|h|d)?");
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|.*:.*");
  private static final int SHOWN_CHARS_MAX = 60;

  private final Pool.Member member;
  private final List<String> notes;

  /// @param notes gets a line for what is left out
  public Attributes(Pool.Member member, List<String> notes) {
    this.member = member;
    this.notes = notes;
  }

  /// Host and port, or the socket's path; empty, with a note, where it has characters that a
  /// configuration file gives a meaning.
  public static Optional<Endpoint> address(Pool.Member member, List<String> notes) {
    Endpoint endpoint = member.target().endpoint();
    boolean plain =
        switch (endpoint) {
          case Endpoint.Net net -> HOST.matcher(net.host()).matches();
          case Endpoint.Unix unix -> PATH.matcher(unix.path()).matches();
        };
    if (plain) return Optional.of(endpoint);
    notes.add(
        shown(member.target().addr())
            + ": left out: expected an address of letters, digits and .:-/, found "
            + shown(endpoint.text()));
    return Optional.empty();
  }

  /// Whether the host is a name, which somebody has to look up.
  public static boolean named(Endpoint endpoint) {
    return endpoint instanceof Endpoint.Net net && !NUMERIC.matcher(net.host()).matches();
  }

  public OptionalLong whole(String name, long min, long max) {
    JsonValue value = value(name);
    if (value == null) return OptionalLong.empty();
    long number = Long.MIN_VALUE;
    if (value instanceof JsonValue.Whole w) number = w.value();
    if (value instanceof JsonValue.Text t && t.value().matches("-?[0-9]{1,18}")) {
      number = Long.parseLong(t.value());
    }
    if (number >= min && number <= max) return OptionalLong.of(number);
    wrong(name, "a whole number " + min + " to " + max, value);
    return OptionalLong.empty();
  }

  public boolean flag(String name) {
    JsonValue value = value(name);
    if (value == null) return false;
    if (value instanceof JsonValue.Bool b) return b.value();
    if (value instanceof JsonValue.Text t && t.value().equals("true")) return true;
    if (value instanceof JsonValue.Text t && t.value().equals("false")) return false;
    wrong(name, "true or false", value);
    return false;
  }

  /// A word without spaces, quotes or anything else that has a meaning.
  public Optional<String> word(String name) {
    return matching(name, WORD, "1 to 64 letters, digits or ._:/@+=-");
  }

  /// A time such as `10s`.
  public Optional<String> time(String name) {
    return matching(name, TIME, "a time such as 10s");
  }

  private Optional<String> matching(String name, Pattern pattern, String expected) {
    JsonValue value = value(name);
    if (value == null) return Optional.empty();
    String text =
        switch (value) {
          case JsonValue.Text t -> t.value();
          case JsonValue.Whole w -> Long.toString(w.value());
          default -> "";
        };
    if (pattern.matcher(text).matches()) return Optional.of(text);
    wrong(name, expected, value);
    return Optional.empty();
  }

  /// Notes that this software knows no such attribute, if the target has it.
  public void unsupported(String name, String why) {
    JsonValue value = value(name);
    if (value == null || value.equals(new JsonValue.Bool(false))) return;
    notes.add(shown(member.target().addr()) + ": " + name + " left out: " + why);
  }

  private @Nullable JsonValue value(String name) {
    JsonValue value = member.target().attributes().get(name);
    return value instanceof JsonValue.Null ? null : value;
  }

  private void wrong(String name, String expected, JsonValue found) {
    notes.add(
        shown(member.target().addr())
            + ": "
            + name
            + " left out: expected "
            + expected
            + ", found "
            + shown(new String(JsonText.write(found), StandardCharsets.UTF_8)));
  }

  private static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= SHOWN_CHARS_MAX ? line : line.substring(0, SHOWN_CHARS_MAX) + "…";
  }
}
