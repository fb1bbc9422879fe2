package io.muster.plugins.check.redis;

import io.muster.spi.store.JsonValue;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One condition about what INFO tells: `role == master`, `used_memory < 100mb`,
/// `master_last_io_seconds_ago <= 10`. Immutable.
///
/// Beside the names that INFO has there is `replication_lag`, in bytes: of a replica how far it is
/// behind its primary, as far as it knows; of a primary how far the slowest of its replicas is.
///
/// @param text as the user wrote it
record Assertion(String text, String name, Op op, String value, boolean numeric, double number) {
  static final String EXPECTED =
      "NAME == VALUE, with one of == != < <= > >=, such as role == master, used_memory < 100mb";

  private static final Pattern FORM =
      Pattern.compile("\\s*([A-Za-z0-9_.-]+)\\s*(==|!=|<=|>=|<|>|=)\\s*([^\\s=].*?)\\s*");
  private static final Pattern NUMBER =
      Pattern.compile("([+-]?\\d+(?:\\.\\d+)?)\\s*(b|k|kb|m|mb|g|gb|%)?");

  enum Op {
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE
  }

  /// @return empty when it is none
  static Optional<Assertion> parse(String text) {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) return Optional.empty();
    Op op =
        switch (m.group(2)) {
          case "!=" -> Op.NE;
          case "<" -> Op.LT;
          case "<=" -> Op.LE;
          case ">" -> Op.GT;
          case ">=" -> Op.GE;
          default -> Op.EQ;
        };
    String value = m.group(3);
    if (value.length() > 1 && value.matches("\".*\"|'.*'")) {
      value = value.substring(1, value.length() - 1);
    }
    Double number = number(value);
    boolean order = op != Op.EQ && op != Op.NE;
    if (order && number == null) return Optional.empty();
    return Optional.of(
        new Assertion(
            text.strip(), m.group(1), op, value, number != null, number == null ? 0 : number));
  }

  /// With the units Redis uses in its own configuration: `k` is 1000, `kb` 1024.
  private static @Nullable Double number(String text) {
    Matcher m = NUMBER.matcher(text.toLowerCase(Locale.ROOT));
    if (!m.matches()) return null;
    double factor =
        switch (m.group(2) == null ? "" : m.group(2)) {
          case "k" -> 1e3;
          case "kb" -> 1024.0;
          case "m" -> 1e6;
          case "mb" -> 1024.0 * 1024;
          case "g" -> 1e9;
          case "gb" -> 1024.0 * 1024 * 1024;
          default -> 1;
        };
    return Double.parseDouble(m.group(1)) * factor;
  }

  /// What is wrong; empty when it holds.
  Optional<String> problem(Map<String, JsonValue> info) {
    JsonValue found = info.get(name);
    if (found == null) {
      return op == Op.NE ? Optional.empty() : Optional.of("expected " + text + ", found none");
    }
    String shown =
        switch (found) {
          case JsonValue.Text t -> t.value();
          case JsonValue.Whole n -> Long.toString(n.value());
          case JsonValue.Fraction n -> Double.toString(n.value());
          default -> "";
        };
    Double actual =
        switch (found) {
          case JsonValue.Whole n -> (double) n.value();
          case JsonValue.Fraction n -> n.value();
          default -> number(shown);
        };
    boolean holds;
    if (numeric && actual != null) {
      int c = Double.compare(actual, number);
      holds =
          switch (op) {
            case EQ -> c == 0;
            case NE -> c != 0;
            case LT -> c < 0;
            case LE -> c <= 0;
            case GT -> c > 0;
            case GE -> c >= 0;
          };
    } else {
      boolean same = shown.equals(value);
      holds = op == Op.EQ ? same : op == Op.NE && !same;
    }
    return holds ? Optional.empty() : Optional.of("expected " + text + ", found " + shown);
  }
}
