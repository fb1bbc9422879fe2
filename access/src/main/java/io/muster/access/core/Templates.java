package io.muster.access.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Patterns with places to be filled: `{{user.username}}`, `{{user.custom_data.area}}`,
/// `{{session.id}}`.
///
/// A list gives one pattern for each of its elements. A value that is missing or no plain value, or
/// that has a star in it, makes the pattern void: nobody gets more by what is filled in.
public final class Templates {
  private static final Pattern PLACE = Pattern.compile("\\{\\{([^{}]*)}}");
  private static final int RESULTS_MAX = 1000;

  private Templates() {}

  public static boolean templated(String pattern) {
    return pattern.contains("{{");
  }

  /// @param facts an object with the members `user` and `session`
  /// @return the filled patterns; none when a value is missing, at most 1000
  public static List<String> fill(String pattern, JsonNode facts) {
    List<String> done = List.of("");
    Matcher m = PLACE.matcher(pattern);
    int from = 0;
    while (m.find()) {
      List<String> values = values(m.group(1).strip(), facts);
      List<String> longer = new ArrayList<>();
      for (String begun : done) {
        for (String value : values) {
          if (longer.size() == RESULTS_MAX) break;
          longer.add(begun + pattern.substring(from, m.start()) + value);
        }
      }
      done = longer;
      from = m.end();
    }
    String rest = pattern.substring(from);
    return done.stream().map(begun -> begun + rest).toList();
  }

  private static List<String> values(String place, JsonNode facts) {
    JsonNode node = facts;
    for (String member : place.split("\\.", -1)) {
      node = node.path(member);
    }
    List<String> values = new ArrayList<>();
    if (node.isArray()) node.forEach(e -> plain(e).ifPresent(values::add));
    else plain(node).ifPresent(values::add);
    return values;
  }

  private static Optional<String> plain(JsonNode value) {
    if (!value.isString() && !value.isNumber() && !value.isBoolean()) return Optional.empty();
    String text = value.asString();
    return text.isEmpty() || text.indexOf('*') >= 0 || text.contains("{{")
        ? Optional.empty()
        : Optional.of(text);
  }
}
