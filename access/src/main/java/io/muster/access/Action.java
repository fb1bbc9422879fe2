package io.muster.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What somebody does at a path: the first four with messages, the others over HTTP. [#ANY] stands
/// for all of them in permissions.
public enum Action {
  GET,
  SET,
  ON,
  REMOVE,
  PUT,
  POST,
  DELETE,
  HEAD,
  OPTIONS,
  ANY;

  private final String text = name().equals("ANY") ? "*" : name().toLowerCase(Locale.ROOT);

  /// As permissions write it: `get`, `set`, …, `*`.
  public String text() {
    return text;
  }

  public int bit() {
    return 1 << ordinal();
  }

  public static Optional<Action> of(String text) {
    return Arrays.stream(values()).filter(a -> a.text.equals(text)).findFirst();
  }
}
