package io.muster.gateway.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which pages of other origins may read answers (the Fetch standard, cross-origin resource
/// sharing). Immutable.
///
/// A named origin may send cookies along; `*` stands for all, and never with cookies.
public final class Cors {
  private static final String ANY = "*";
  private static final Pattern ORIGIN =
      Pattern.compile(
          "[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?",
          Pattern.CASE_INSENSITIVE);
  private static final Map<String, String> PREFLIGHT =
      Map.of(
          "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS",
          "Access-Control-Allow-Headers", "authorization, content-type",
          "Access-Control-Max-Age", "600");

  private final Set<String> origins;

  /// @param origins each passes [#origin], or is `*`
  public Cors(List<String> origins) {
    Set<String> all = new HashSet<>();
    for (String o : origins) all.add(o.toLowerCase(Locale.ROOT));
    this.origins = Set.copyOf(all);
  }

  /// Whether a text is an origin as browsers send it: scheme, host and, where it is not the usual
  /// one, the port.
  public static boolean origin(String text) {
    return text.equals(ANY) || ORIGIN.matcher(text).matches();
  }

  /// What an answer says to a page of `origin`.
  ///
  /// @param origin the header of the request, null without one
  /// @return headers; empty where nobody else may read
  public Map<String, String> headers(@Nullable String origin) {
    if (origins.isEmpty()) return Map.of();
    Map<String, String> headers = new HashMap<>();
    // Caches must not hand the answer for one origin to another.
    if (!origins.contains(ANY)) headers.put("Vary", "Origin");
    if (origin == null) return headers;
    if (origins.contains(origin.toLowerCase(Locale.ROOT))) {
      headers.put("Access-Control-Allow-Origin", origin);
      headers.put("Access-Control-Allow-Credentials", "true");
      headers.put("Vary", "Origin");
    } else if (origins.contains(ANY)) {
      headers.put("Access-Control-Allow-Origin", ANY);
    }
    return headers;
  }

  /// What answers a browser that asks before it sends.
  ///
  /// @return null where the origin may not
  public @Nullable Map<String, String> preflight(@Nullable String origin) {
    Map<String, String> headers = headers(origin);
    if (!headers.containsKey("Access-Control-Allow-Origin")) return null;
    Map<String, String> all = new HashMap<>(headers);
    all.putAll(PREFLIGHT);
    return all;
  }
}
