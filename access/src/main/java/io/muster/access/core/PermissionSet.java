package io.muster.access.core;

import io.muster.access.Action;
import io.muster.spi.store.Wildcards;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// All that somebody is allowed and forbidden. A prohibition that matches always wins, then any
/// permission that matches; what nobody mentions is refused. No rule has precedence for being more
/// specific. Immutable.
public final class PermissionSet {
  /// One pattern of one holder.
  ///
  /// @param source who has it: `group admins` or `user bob`
  /// @param allowed bits of the actions, see [Action#bit]
  /// @param prohibited likewise
  public record Rule(String source, String pattern, int allowed, int prohibited) {}

  private final PermissionTree<Rule> tree = new PermissionTree<>();
  private final List<Rule> rules;
  private final boolean everything;

  public PermissionSet(Collection<Rule> rules) {
    this.rules = List.copyOf(rules);
    boolean all = false;
    boolean prohibitions = false;
    for (Rule r : rules) {
      tree.add(r.pattern, r);
      prohibitions |= r.prohibited != 0;
      all |= r.pattern.equals("*") && (r.allowed & Action.ANY.bit()) != 0;
    }
    everything = all && !prohibitions;
  }

  /// Whether nothing at all is refused.
  public boolean everything() {
    return everything;
  }

  public boolean allows(Action action, String path) {
    if (everything) return true;
    int[] masks = new int[2];
    tree.matching(
        path,
        r -> {
          masks[0] |= r.allowed;
          masks[1] |= r.prohibited;
        });
    int asked = action.bit() | Action.ANY.bit();
    return (masks[1] & asked) == 0 && (masks[0] & asked) != 0;
  }

  /// How much of a pattern with `**` is allowed: [Extent#SOME] when a rule allows something that
  /// the pattern covers and no prohibition takes all of that rule. It may turn out to be nothing,
  /// as when several prohibitions together take the rule; [Extent#NONE] is certain.
  public Extent extent(Action action, String pattern) {
    if (everything) return Extent.ALL;
    if (prohibits(action, pattern)) return Extent.NONE;
    int asked = action.bit() | Action.ANY.bit();
    for (Rule r : rules) {
      if ((r.allowed & asked) == 0) continue;
      if (meet(r.pattern, pattern) && !prohibits(action, r.pattern)) return Extent.SOME;
    }
    return Extent.NONE;
  }

  public boolean prohibits(Action action, String path) {
    int asked = action.bit() | Action.ANY.bit();
    int[] mask = new int[1];
    tree.matching(path, r -> mask[0] |= r.prohibited);
    return (mask[0] & asked) != 0;
  }

  /// Whether some path is covered by both, where a star is taken for any run and a slash before the
  /// request's pattern does not matter: subscriptions do not tell `x/y` from `/x/y`.
  private static boolean meet(String rule, String asked) {
    String other = asked.startsWith("/") ? asked.substring(1) : "/" + asked;
    return overlap(rule, asked) || overlap(rule, other);
  }

  /// Two patterns with stars have a text in common when one begins as the other and one ends as the
  /// other: what is between the ends of one finds room in a star of the other.
  private static boolean overlap(String rule, String asked) {
    int first = rule.indexOf('*');
    if (first < 0) return Wildcards.matches(asked, rule, false);
    int begin = Math.min(first, asked.indexOf('*'));
    int end =
        Math.min(
            rule.length() - 1 - rule.lastIndexOf('*'), asked.length() - 1 - asked.lastIndexOf('*'));
    return rule.regionMatches(true, 0, asked, 0, begin)
        && rule.regionMatches(true, rule.length() - end, asked, asked.length() - end, end);
  }

  /// The rules that decide: those that prohibit if there are any, else those that allow.
  public List<Rule> deciding(Action action, String path) {
    int asked = action.bit() | Action.ANY.bit();
    List<Rule> allowing = new ArrayList<>();
    List<Rule> prohibiting = new ArrayList<>();
    tree.matching(
        path,
        r -> {
          if ((r.prohibited & asked) != 0) prohibiting.add(r);
          if ((r.allowed & asked) != 0) allowing.add(r);
        });
    return prohibiting.isEmpty() ? allowing : prohibiting;
  }
}
