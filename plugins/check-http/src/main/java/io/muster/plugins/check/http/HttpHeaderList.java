package io.muster.plugins.check.http;

import io.muster.spi.ProviderSettings;
import io.muster.spi.store.JsonValue;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Headers that a user adds to a request.
final class HttpHeaderList {
  private static final String EXPECTED = "an object: names of headers and their texts";

  private HttpHeaderList() {}

  /// @return in the order given, names as given
  static Map<String, String> read(ProviderSettings s, String... own) {
    JsonValue given =
        s.value("headers", EXPECTED, "Further headers of the request.").orElse(JsonValue.NULL);
    if (given == JsonValue.NULL) return Map.of();
    if (!(given instanceof JsonValue.Obj object)) throw s.wrong("headers", EXPECTED);
    Map<String, String> headers = new LinkedHashMap<>();
    object
        .members()
        .forEach(
            (name, value) -> {
              String text =
                  switch (value) {
                    case JsonValue.Text t -> t.value();
                    case JsonValue.Whole n -> Long.toString(n.value());
                    case JsonValue.Fraction n -> Double.toString(n.value());
                    case JsonValue.Bool b -> Boolean.toString(b.value());
                    default -> throw s.wrong("headers." + name, "a text");
                  };
              if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
                throw s.wrong("headers." + name, "the name of a header");
              }
              if (!text.matches("[\\x20-\\x7e\\x80-\\xff\\t]*")) {
                throw s.wrong("headers." + name, "a text of one line, in Latin letters");
              }
              for (String mine : own) {
                if (mine.equals(name.toLowerCase(Locale.ROOT))) {
                  throw s.wrong("headers." + name, "another header: this one has a key or is set");
                }
              }
              headers.put(name, text);
            });
    return headers;
  }
}
