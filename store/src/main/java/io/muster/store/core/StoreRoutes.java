package io.muster.store.core;

import io.muster.spi.store.Condition;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.PathPattern;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Which store a path belongs to: the one with the longest pattern that matches it, without regard
/// to the case of ASCII letters, and of two that are as long the one named first; else the default.
/// Immutable.
///
/// Stores are numbered: 0 is the default.
public final class StoreRoutes {
  /// Patterns of all stores together, so that criteria stay within their bounds.
  public static final int PATTERNS_MAX = 16;

  private static final String PATTERN = "[\\x20-\\x7e]{1,200}";

  /// A pattern and the store whose paths it names.
  public record Route(String pattern, int store) {}

  /// A store that may hold records of a pattern.
  ///
  /// @param owned criteria of those records that are its own; [Criteria#ANY] when no other store
  ///     may hold any
  public record Part(int store, Criteria owned) {}

  private record Compiled(String pattern, int store, PathPattern path) {}

  /// The longest pattern first.
  private final List<Compiled> routes;

  private final int stores;

  /// @param routes to stores from 1 on
  public StoreRoutes(List<Route> routes) {
    this.routes =
        routes.stream()
            .sorted(Comparator.comparingInt((Route r) -> -r.pattern().length()))
            .map(r -> new Compiled(r.pattern(), r.store(), new PathPattern(lower(r.pattern()))))
            .toList();
    this.stores = routes.stream().mapToInt(Route::store).max().orElse(0) + 1;
  }

  /// Whether a text can be a route: 1 to 200 characters of ASCII.
  public static boolean valid(String pattern) {
    return pattern.matches(PATTERN);
  }

  /// The store of a path.
  public int storeOf(String path) {
    String lower = lower(path);
    for (Compiled r : routes) if (r.path.matches(lower)) return r.store;
    return 0;
  }

  /// The stores that may hold records whose paths match a pattern, in the order of their numbers;
  /// at least one.
  public List<Part> of(String pattern) {
    if (new PathPattern(pattern).exact()) return List.of(new Part(storeOf(pattern), Criteria.ANY));
    String lower = lower(pattern);
    boolean[] holds = new boolean[stores];
    boolean covered = false;
    for (Compiled r : routes) {
      // A star of the question can only be matched by one of the route.
      covered = r.path.matches(lower);
      if (covered || meet(lower, r.path.pattern())) holds[r.store] = true;
      if (covered) break;
    }
    if (!covered) holds[0] = true;
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < stores; i++) if (holds[i]) all.add(i);
    if (all.size() == 1) return List.of(new Part(all.getFirst(), Criteria.ANY));
    return all.stream().map(store -> new Part(store, owned(store))).toList();
  }

  /// The records that belong to a store: whatever lies in its database from other times is not
  /// shown.
  private Criteria owned(int store) {
    List<Criteria> none = new ArrayList<>();
    List<Criteria> some = new ArrayList<>();
    for (Compiled r : routes) {
      if (r.store != store) {
        none.add(matches(r));
      } else if (none.isEmpty()) {
        some.add(matches(r));
      } else {
        some.add(new Criteria.And(List.of(matches(r), new Criteria.Nor(none))));
      }
    }
    if (store > 0) return new Criteria.Or(some);
    return none.isEmpty() ? Criteria.ANY : new Criteria.Nor(none);
  }

  private static Criteria matches(Compiled route) {
    StringBuilder regex = new StringBuilder("^");
    String pattern = route.path.pattern();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '*') {
        if (i == 0 || pattern.charAt(i - 1) != '*') regex.append(".*");
      } else if (c >= 'a' && c <= 'z') {
        regex.append('[').append(c).append((char) (c - 'a' + 'A')).append(']');
      } else if (c >= '0' && c <= '9') {
        regex.append(c);
      } else {
        regex.append('\\').append(c);
      }
    }
    Condition found = new Condition.Regex(regex + "\\z", Set.of(Condition.Flag.DOT_ALL));
    return new Criteria.Field(FieldPath.Meta.PATH, found);
  }

  /// Both criteria at once.
  public static Criteria both(Criteria a, Criteria b) {
    if (a.equals(Criteria.ANY)) return b;
    return b.equals(Criteria.ANY) ? a : new Criteria.And(List.of(a, b));
  }

  /// Whether some text matches both patterns.
  static boolean meet(String a, String b) {
    boolean[] row = new boolean[b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      boolean[] next = new boolean[b.length() + 1];
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 && j == 0) {
          next[j] = true;
          continue;
        }
        boolean starA = i > 0 && a.charAt(i - 1) == '*';
        boolean starB = j > 0 && b.charAt(j - 1) == '*';
        boolean both = i > 0 && j > 0;
        next[j] =
            (starA && row[j])
                || (starB && next[j - 1])
                || (both && starA && next[j - 1])
                || (both && starB && row[j])
                || (both && a.charAt(i - 1) == b.charAt(j - 1) && row[j - 1]);
      }
      row = next;
    }
    return row[b.length()];
  }

  private static String lower(String text) {
    boolean upper = false;
    for (int i = 0; i < text.length() && !upper; i++) {
      upper = text.charAt(i) >= 'A' && text.charAt(i) <= 'Z';
    }
    if (!upper) return text;
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
    }
    return out.toString();
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (Compiled r : routes) out.append(String.format(Locale.ROOT, "%s=%d ", r.pattern, r.store));
    return out.toString().strip();
  }
}
