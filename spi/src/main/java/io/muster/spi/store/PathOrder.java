package io.muster.spi.store;

import java.util.Comparator;

/// The order of paths in answers: by code point, which is the order of their UTF-8 bytes. It
/// differs from [String#compareTo] beyond the Basic Multilingual Plane, and from every
/// language's own.
public final class PathOrder implements Comparator<String> {
  /// Ascending.
  public static final Comparator<String> PATHS = new PathOrder();

  /// Records by path.
  public static final Comparator<PathRecord> BY_PATH =
      Comparator.comparing(PathRecord::path, PATHS);

  private PathOrder() {}

  @Override
  public int compare(String a, String b) {
    int n = Math.min(a.length(), b.length());
    for (int i = 0; i < n; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x == y) continue;
      // Surrogates stand for code points above all others, though their own values lie below.
      boolean high = Character.isSurrogate(x);
      if (high != Character.isSurrogate(y)) return high ? 1 : -1;
      return Character.compare(x, y);
    }
    return Integer.compare(a.length(), b.length());
  }
}
