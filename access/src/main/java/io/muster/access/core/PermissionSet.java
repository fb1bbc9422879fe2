package io.muster.access.core;

import io.muster.access.Action;
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
  private final boolean everything;

  public PermissionSet(Collection<Rule> rules) {
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
