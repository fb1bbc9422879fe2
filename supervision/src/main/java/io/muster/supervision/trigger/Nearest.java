package io.muster.supervision.trigger;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/// What somebody may have meant.
final class Nearest {
  private Nearest() {}

  /// ` (did you mean 'commands'?)`, or nothing when no name is near.
  static String hint(String given, Collection<String> known) {
    String small = given.toLowerCase(Locale.ROOT);
    int most = Math.max(1, given.length() / 3);
    return known.stream()
        .filter(name -> distance(small, name) <= most)
        .min(Comparator.comparingInt(name -> distance(small, name)))
        .map(name -> " (did you mean '" + name + "'?)")
        .orElse("");
  }

  /// Levenshtein's.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) row[j] = j;
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), corner + cost);
        corner = above;
      }
    }
    return row[b.length()];
  }
}
