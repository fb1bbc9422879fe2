package io.muster.realtime.core;

/// What patterns of subscriptions say of each other; their language is told at [PatternIndex].
public final class Patterns {
  private Patterns() {}

  /// Whether everything that `pattern` meets is met by `wide`, too.
  ///
  /// @param wideDepth levels of a final `**` of `wide`
  /// @param depth likewise of `pattern`
  public static boolean covers(String wide, int wideDepth, String pattern, int depth) {
    if (wide.equals("*")) return true;
    if (pattern.equals("*")) return false;
    String[] w = PatternIndex.split(wide);
    String[] p = PatternIndex.split(pattern);
    boolean wideDeep = w[w.length - 1].equals("**");
    boolean deep = p[p.length - 1].equals("**");
    int wideFixed = wideDeep ? w.length - 1 : w.length;
    int fixed = deep ? p.length - 1 : p.length;
    int shortest = deep ? fixed + 1 : fixed;
    int longest = deep ? fixed + depth : fixed;
    if (!wideDeep && (shortest != wideFixed || longest != wideFixed)) return false;
    if (wideDeep && (shortest <= wideFixed || longest > wideFixed + wideDepth)) return false;
    for (int i = 0; i < wideFixed; i++) {
      if (w[i].equals("*")) continue;
      // A level of `**` may be anything.
      if (i >= fixed || !w[i].equals(p[i])) return false;
    }
    return true;
  }

  /// Whether there may be a topic that both meet; true also where that is not sure.
  public static boolean overlap(String a, String b) {
    if (a.equals("*") || b.equals("*")) return true;
    String[] x = PatternIndex.split(a);
    String[] y = PatternIndex.split(b);
    boolean deepX = x[x.length - 1].equals("**");
    boolean deepY = y[y.length - 1].equals("**");
    int fixedX = deepX ? x.length - 1 : x.length;
    int fixedY = deepY ? y.length - 1 : y.length;
    if (!deepX && !deepY && fixedX != fixedY) return false;
    if (!deepX && deepY && fixedX <= fixedY) return false;
    if (deepX && !deepY && fixedY <= fixedX) return false;
    for (int i = 0; i < Math.min(fixedX, fixedY); i++) {
      if (!x[i].equals("*") && !y[i].equals("*") && !x[i].equals(y[i])) return false;
    }
    return true;
  }
}
