package io.muster.spi.store;

import org.jspecify.annotations.Nullable;

/// The pattern language of data: `*` matches any run of characters, `/` included, anywhere;
/// anchored at both ends; case-sensitive; runs of `*` count as one. All else stands for itself.
public record PathPattern(String pattern) {
  /// Whether this names one record only.
  public boolean exact() {
    return pattern.indexOf('*') < 0;
  }

  /// What every matching path begins with; may be empty.
  public String prefix() {
    int star = pattern.indexOf('*');
    return star < 0 ? pattern : pattern.substring(0, star);
  }

  /// The smallest text, by code point, that is above all texts that begin with `prefix`; null when
  /// there is none.
  public static @Nullable String above(String prefix) {
    int end = prefix.length();
    while (end > 0) {
      int last = prefix.codePointBefore(end);
      int start = end - Character.charCount(last);
      if (last < Character.MAX_CODE_POINT) {
        int next = last + 1 == Character.MIN_SURROGATE ? Character.MAX_SURROGATE + 1 : last + 1;
        return prefix.substring(0, start) + Character.toString(next);
      }
      end = start;
    }
    return null;
  }

  /// Whether a path matches; linear in the path for each star at worst.
  public boolean matches(String path) {
    return Wildcards.matches(pattern, path, false);
  }
}
