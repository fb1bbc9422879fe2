package io.muster.plugins.store.database;

import org.jspecify.annotations.Nullable;

/// The pattern language of data: `*` matches any run of characters, `/` included; all else stands
/// for itself. Databases get what comes nearest in their own language.
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
    int p = 0;
    int s = 0;
    int star = -1;
    int resume = 0;
    while (s < path.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = s;
      } else if (p < pattern.length() && pattern.charAt(p) == path.charAt(s)) {
        p++;
        s++;
      } else if (star >= 0) {
        p = star + 1;
        s = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') p++;
    return p == pattern.length();
  }
}
