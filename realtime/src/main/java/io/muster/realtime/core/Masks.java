package io.muster.realtime.core;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which publications leave the member they were made on: those at paths that one of these patterns
/// meets. `realtime.replicate`, which happn-cluster calls `replicate`.
///
/// A mask is a pattern of subscriptions; a last `**` reaches all levels. What several masks meet
/// leaves once.
///
/// @param patterns reduced: `*` alone where it is among them, none twice, none that another covers
public record Masks(List<String> patterns) {
  /// Levels of a last `**`.
  public static final int DEPTH = 1000;

  /// Always replicated: what members tell each other.
  public static final String INTERNAL = "/__REPLICATE";

  /// Everything leaves.
  public static final Masks ALL = new Masks(List.of("*"));

  private static final String OLD_ALL = "/*";

  /// Reduces masks as they are given.
  public static Masks of(List<String> given) {
    Set<String> all = new LinkedHashSet<>();
    for (String g : given) if (!g.isBlank()) all.add(g.strip());
    if (all.contains("*") || old(given)) return ALL;
    all.add(INTERNAL);
    List<String> kept = new ArrayList<>();
    for (String m : all) {
      boolean covered = false;
      for (String other : all) {
        if (other.equals(m) || !Patterns.covers(other, DEPTH, m, DEPTH)) continue;
        // Two that cover each other say the same (`/a` and `a`): the first stays.
        covered |= !Patterns.covers(m, DEPTH, other, DEPTH) || kept.contains(other);
      }
      if (!covered) kept.add(m);
    }
    return new Masks(List.copyOf(kept));
  }

  /// Whether they are what meant everything before happn-3 8, `/*` alone, and is taken so.
  public static boolean old(List<String> given) {
    return given.contains(OLD_ALL)
        && given.stream().allMatch(m -> m.equals(OLD_ALL) || m.equals(INTERNAL));
  }

  /// Why a text cannot be a mask; null when it can.
  public static @Nullable String objection(String mask) {
    String[] segments = PatternIndex.split(mask);
    for (int i = 0; i < segments.length; i++) {
      String s = segments[i];
      if (s.indexOf('*') < 0 || s.equals("*")) continue;
      if (s.equals("**") && i == segments.length - 1) continue;
      return "'"
          + mask
          + "' would meet nothing: a * stands for one whole segment, and ** only at the end";
    }
    return null;
  }

  public boolean everything() {
    return patterns.contains("*");
  }

  /// Whether everything that a pattern meets leaves.
  public boolean cover(String pattern, int depth) {
    return patterns.stream().anyMatch(m -> Patterns.covers(m, DEPTH, pattern, depth));
  }
}
