package io.muster.admin;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// One line of the table of what administration answers; described in `openapi.json`, and a test
/// holds both together.
///
/// @param path with at most one parameter, in braces at its end, which stands for all the rest,
///     slashes included
/// @param open whether it needs no token
/// @param parameters names the query may have
record Route(String method, String path, boolean open, List<String> parameters, Handler handler) {
  Route {
    parameters = List.copyOf(parameters);
  }

  /// What a route does; may fail with a `MusterException`.
  interface Handler {
    void handle(Exchange x) throws IOException;
  }

  /// For everybody who reaches the listener.
  static Route open(String method, String path, Handler handler) {
    return new Route(method, path, true, List.of(), handler);
  }

  /// For whoever has the token.
  static Route guarded(String method, String path, Handler handler, String... parameters) {
    return new Route(method, path, false, List.of(parameters), handler);
  }

  private String fixed() {
    int brace = path.indexOf('{');
    return brace < 0 ? path : path.substring(0, brace);
  }

  /// What stands where the route has its parameter, perhaps nothing; empty when the path is another
  /// one.
  Optional<String> rest(String asked) {
    if (path.indexOf('{') < 0) {
      return asked.equals(path) ? Optional.of("") : Optional.empty();
    }
    String fixed = fixed();
    return asked.startsWith(fixed)
        ? Optional.of(asked.substring(fixed.length()))
        : Optional.empty();
  }

  /// The routes that meet a path, the most particular first.
  static List<Route> at(List<Route> all, String path) {
    return all.stream()
        .filter(r -> r.rest(path).isPresent())
        .sorted(Comparator.comparingInt((Route r) -> r.fixed().length()).reversed())
        .toList();
  }
}
