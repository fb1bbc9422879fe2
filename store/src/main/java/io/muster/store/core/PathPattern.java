package io.muster.store.core;

/// The pattern language of data: `*` matches any run of characters, `/` included, anywhere;
/// anchored at both ends; case-sensitive; runs of `*` count as one.
///
/// Matching takes time linear in the path for each star at worst and never backtracks further than
/// the last star.
public record PathPattern(String pattern) {
  /// Whether this names one record only.
  public boolean exact() {
    return pattern.indexOf('*') < 0;
  }

  /// What every matching path begins with.
  public String prefix() {
    int star = pattern.indexOf('*');
    return star < 0 ? pattern : pattern.substring(0, star);
  }

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
