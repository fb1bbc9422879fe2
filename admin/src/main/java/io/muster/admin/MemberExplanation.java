package io.muster.admin;

import java.util.ArrayList;
import java.util.List;

/// Says in words why a member is taken for what it is taken for, from what all members see. Pure.
final class MemberExplanation {
  private MemberExplanation() {}

  /// @param verdict one line
  /// @param todo what to look at or do, most useful first; empty when all is well
  /// @param sights how each member that answered sees it
  /// @param missing members that did not answer
  record View(
      String member,
      String verdict,
      List<String> todo,
      List<Overviews.Sight> sights,
      List<String> missing) {}

  /// @param sights of members that answered; one of them knows it at least
  static View of(String name, List<Overviews.Sight> sights, List<String> missing) {
    List<Overviews.Sight> known = sights.stream().filter(Overviews.Sight::known).toList();
    List<String> failed = by(known, "failed");
    List<String> suspecting = by(known, "suspect");
    List<String> alive = by(known, "alive");
    List<String> unlinked =
        known.stream()
            .filter(s -> s.state().equals("alive") && !s.linked())
            .map(Overviews.Sight::by)
            .toList();
    String address = known.getFirst().address();
    List<String> todo = new ArrayList<>();
    String verdict;
    if (!failed.isEmpty() && alive.isEmpty() && suspecting.isEmpty()) {
      verdict = "failed: nobody has had an answer from " + address + " for " + since(known);
      if (known.stream().anyMatch(Overviews.Sight::linked)) {
        todo.add("connections to it are open still: its process may be paused, or cut off");
      }
      todo.add("start it again (`muster start`) where it ended; it catches up by itself");
      todo.add(
          "where it will not come back: `muster members forget " + name + "` gives up its vote");
    } else if (!by(known, "left").isEmpty() && alive.isEmpty() && suspecting.isEmpty()) {
      verdict = "left: it said good-bye " + since(known) + " ago (stopped, or left for good)";
      todo.add("start it again if it is to serve; `muster members forget " + name + "` if never");
    } else if (!suspecting.isEmpty()) {
      verdict = "suspected by " + String.join(", ", suspecting) + ": " + doubts(known);
      if (refused(known)) {
        todo.add("its machine answers and nobody listens at " + address + ": the process is gone");
      } else {
        todo.add(
            "nothing answers at "
                + address
                + ": see whether the process is paused or overloaded, and whether a firewall drops"
                + " UDP or TCP between the machines");
      }
      todo.add("it is failed soon (membership.suspicion_min) unless it answers");
    } else if (!unlinked.isEmpty() || !failed.isEmpty()) {
      List<String> blind = new ArrayList<>(unlinked);
      blind.addAll(failed);
      verdict = "alive, but " + String.join(", ", blind) + " cannot reach it at " + address;
      todo.add(
          "a link is missing between them: see link_handshake_failed in both logs, `muster secret"
              + " status`, and whether TCP to "
              + address
              + " is open from there");
    } else {
      verdict =
          "alive: seen by all "
              + known.size()
              + " that answered, with a link from each; nobody doubts it";
    }
    List<String> strangers =
        sights.stream().filter(s -> !s.known()).map(Overviews.Sight::by).toList();
    if (!strangers.isEmpty()) {
      todo.add(
          String.join(", ", strangers)
              + " has not heard of it: are they in one cluster (membership.hosts)?");
    }
    return new View(name, verdict, todo, sights, missing);
  }

  private static List<String> by(List<Overviews.Sight> sights, String state) {
    return sights.stream().filter(s -> s.state().equals(state)).map(Overviews.Sight::by).toList();
  }

  private static boolean refused(List<Overviews.Sight> sights) {
    return sights.stream().flatMap(s -> s.doubts().stream()).anyMatch(Views.DoubtView::refused);
  }

  private static String since(List<Overviews.Sight> sights) {
    return words(sights.stream().mapToLong(Overviews.Sight::inStateMillis).max().orElse(0));
  }

  private static String doubts(List<Overviews.Sight> sights) {
    List<String> said = new ArrayList<>();
    for (Overviews.Sight s : sights) {
      for (Views.DoubtView d : s.doubts()) {
        String text =
            d.name()
                + " has had no answer for "
                + words(d.silentMillis())
                + (d.refused() ? " and its connections are refused" : "");
        if (said.stream().noneMatch(t -> t.startsWith(d.name() + " "))) said.add(text);
      }
    }
    return said.isEmpty() ? "who doubts it is not known here" : String.join("; ", said);
  }

  private static String words(long millis) {
    if (millis < 60_000) return "%.1f s".formatted(millis / 1000.0);
    if (millis < 3_600_000) return millis / 60_000 + " m " + millis / 1000 % 60 + " s";
    return millis / 3_600_000 + " h " + millis / 60_000 % 60 + " m";
  }
}
