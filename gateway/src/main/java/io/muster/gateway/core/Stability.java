package io.muster.gateway.core;

import java.util.Map;

/// How far a member is with the others, in the words of happn-cluster.
public enum Stability {
  /// Nobody else is here, and somebody is wanted.
  ISOLATED("ISOLATED"),
  /// Others are here, and more are wanted.
  INSUFFICIENT("CONNECTING-INSUFFICIENT PEERS"),
  /// Enough are found; not all of them are linked.
  CONNECTING("CONNECTING"),
  /// Enough are linked; the registry, the store or this member's own start takes longer.
  SUBSCRIBING("SUBSCRIBING"),
  /// Clients may come and write.
  STABLE("STABLE");

  private final String text;

  Stability(String text) {
    this.text = text;
  }

  /// As it stands in reports.
  public String text() {
    return text;
  }

  /// Judges what is seen now; a stable member may fall back.
  ///
  /// @param minimum members wanted per service
  /// @param found members that are here, per service, this one included
  /// @param linked those of them with a link to this one, this one included
  /// @param able whether this member has started and can take writes
  public static Stability of(
      Map<String, Integer> minimum,
      Map<String, Integer> found,
      Map<String, Integer> linked,
      boolean able) {
    if (enough(minimum, linked)) return able ? STABLE : SUBSCRIBING;
    if (enough(minimum, found)) return CONNECTING;
    int all = found.values().stream().mapToInt(Integer::intValue).sum();
    return all <= 1 ? ISOLATED : INSUFFICIENT;
  }

  private static boolean enough(Map<String, Integer> minimum, Map<String, Integer> here) {
    return minimum.entrySet().stream()
        .allMatch(e -> here.getOrDefault(e.getKey(), 0) >= e.getValue());
  }
}
