package io.muster.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Addresses of `/v1`, and parts of answers that several commands print.
final class Asking {
  private Asking() {}

  /// A name as the last part of an address.
  static String named(String route, String name) {
    return route + "/" + encoded(name);
  }

  /// A query of names and values in turn; what is null is left out.
  static String query(String route, @Nullable String... pairs) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      String value = pairs[i + 1];
      if (value != null) parts.add(pairs[i] + "=" + encoded(value));
    }
    return parts.isEmpty() ? route : route + "?" + String.join("&", parts);
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// Texts in a list with commas between, `-` for none.
  static String joined(JsonNode list) {
    List<String> texts = new ArrayList<>();
    for (JsonNode x : list) texts.add(x.asString());
    return texts.isEmpty() ? "-" : String.join(",", texts);
  }

  /// `allow get,on /a/*`, one a line, indented; nothing for none.
  static void printPermissions(JsonNode permissions) {
    for (var p : permissions.properties()) {
      JsonNode actions = p.getValue().path("actions");
      JsonNode prohibit = p.getValue().path("prohibit");
      if (!actions.isEmpty()) line("allow", actions, p.getKey());
      if (!prohibit.isEmpty()) line("prohibit", prohibit, p.getKey());
    }
  }

  private static void line(String effect, JsonNode actions, String path) {
    System.out.printf("  %-8s  %s  %s%n", effect, joined(actions), path);
  }

  /// `removed`, or that there was nothing.
  static void printRemoved(boolean json, JsonNode removed, String done, String nothing) {
    if (json) System.out.println(removed);
    else System.out.println(removed.path("removed").asLong() > 0 ? done : nothing);
  }
}
