package io.muster.node.secrets;

import io.muster.admin.Secrets.Held;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// What has to be done next to give all members the same new secret, decided from what all of them
/// hold. Pure.
///
/// The order is the whole safety: nobody uses a secret before all accept it, and nobody forgets one
/// before all use another. At any time any two members accept each other.
final class RotationPlan {
  private RotationPlan() {}

  /// What comes next.
  sealed interface Next {
    /// Nobody may go on; nothing is changed.
    record Refused(String why) implements Next {}

    /// These members do this step, all of them, before anything else.
    record Do(String step, String target, List<String> members) implements Next {
      public Do {
        members = List.copyOf(members);
      }
    }

    /// All use the same and accept nothing else.
    record Done(String target) implements Next {}
  }

  /// @param held by all members of the cluster, nobody missing; at least one
  static Next next(List<Held> held) {
    Set<String> waiting = new TreeSet<>();
    Set<String> used = new TreeSet<>();
    for (Held h : held) {
      if (!h.waiting().isEmpty()) waiting.add(h.waiting());
      used.add(h.used());
    }
    if (waiting.size() > 1) {
      return new Next.Refused("different new secrets lie on the machines: " + words(held));
    }
    if (!waiting.isEmpty()) return towards(waiting.iterator().next(), held);
    if (used.size() == 1) return towards(used.iterator().next(), held);
    return new Next.Refused(
        "members use different secrets and no new one lies on a machine: " + words(held));
  }

  private static Next towards(String target, List<Held> held) {
    List<String> objections =
        held.stream()
            .filter(h -> !h.problem().isEmpty())
            .map(h -> h.member() + ": " + h.problem())
            .toList();
    if (!objections.isEmpty()) return new Next.Refused(String.join("; ", objections));
    List<String> without =
        held.stream()
            .filter(h -> !h.used().equals(target) && !h.waiting().equals(target))
            .map(h -> h.member() + " (" + h.file() + ")")
            .toList();
    if (!without.isEmpty()) {
      return new Next.Refused("the new secret is missing on " + String.join(", ", without));
    }
    List<String> accept = names(held, h -> !h.accepted().contains(target));
    if (!accept.isEmpty()) {
      // A third secret makes way for the new one: it must be one that nobody uses.
      Set<String> used = new LinkedHashSet<>();
      for (Held h : held) used.add(h.used());
      for (Held h : held) {
        if (h.accepted().contains(target)) continue;
        for (String other : h.accepted()) {
          if (!other.equals(h.used()) && used.contains(other)) {
            return new Next.Refused(
                "another rotation is under way ("
                    + words(held)
                    + "): put its new secret back, finish it, then begin this one");
          }
        }
      }
      return new Next.Do("accept", target, accept);
    }
    List<String> turn = names(held, h -> !h.used().equals(target));
    if (!turn.isEmpty()) return new Next.Do("switch", target, turn);
    List<String> drop = names(held, h -> h.accepted().size() > 1 || !h.waiting().isEmpty());
    return drop.isEmpty() ? new Next.Done(target) : new Next.Do("drop", target, drop);
  }

  private static List<String> names(List<Held> held, Predicate<Held> which) {
    return held.stream().filter(which).map(Held::member).toList();
  }

  private static String words(List<Held> held) {
    return held.stream()
        .map(
            h ->
                h.member()
                    + " uses "
                    + h.used()
                    + (h.waiting().isEmpty() ? "" : ", new " + h.waiting()))
        .reduce((a, b) -> a + "; " + b)
        .orElse("");
  }
}
