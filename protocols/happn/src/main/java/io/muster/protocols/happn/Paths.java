package io.muster.protocols.happn;

import org.jspecify.annotations.Nullable;

/// Which paths are legal where, with the texts clients know.
final class Paths {
  private static final boolean[] LEGAL = new boolean[128];

  static {
    for (char c = 'a'; c <= 'z'; c++) LEGAL[c] = true;
    for (char c = 'A'; c <= 'Z'; c++) LEGAL[c] = true;
    for (char c = '0'; c <= '9'; c++) LEGAL[c] = true;
    for (char c : "/(){}+=&:%@._*- \t\n\r\f".toCharArray()) LEGAL[c] = true;
    LEGAL[0x0b] = true;
  }

  private Paths() {}

  /// @return why not, or null
  static @Nullable String objection(@Nullable String path, boolean set) {
    if (path == null) return "Bad path [undefined], must be a string";
    if (set && path.indexOf('*') >= 0) {
      return "Bad path, if the action is 'set' the path cannot contain the * wildcard character";
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean legal = c < 128 ? LEGAL[c] : Character.isWhitespace(c) || c == 0xa0 || c == 0xfeff;
      if (!legal) {
        return "Bad path, can only contain characters a-z A-Z 0-9 / & + = : @ % * ( ) _ -, ie:"
            + " factory1@I&J(western-cape)/plant1:conveyer_2/stats=true/capacity=10%/*";
      }
    }
    return null;
  }

  /// A subscription's parts.
  record Channel(String pattern, boolean set, boolean remove) {}

  /// Parses `/ALL@pattern`; only the first `@` splits.
  ///
  /// @return null when it has no known action
  static @Nullable Channel channel(String path) {
    if (path.startsWith("/ALL@")) return new Channel(path.substring(5), true, true);
    if (path.startsWith("/SET@")) return new Channel(path.substring(5), true, false);
    if (path.startsWith("/REMOVE@")) return new Channel(path.substring(8), false, true);
    return null;
  }
}
