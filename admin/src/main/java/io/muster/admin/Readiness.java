package io.muster.admin;

import io.muster.membership.Membership;
import io.muster.registry.Consensus;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Why a member is ready for clients, or is not: all that has to hold, one by one.
final class Readiness {
  private Readiness() {}

  /// @param condition what has to hold, in words
  /// @param detail what was found
  /// @param todo what to do; empty where it holds
  record Condition(String condition, boolean holds, String detail, String todo) {}

  /// @param state what `/readyz` says
  record View(String member, boolean ready, String state, List<Condition> conditions) {}

  /// Looks at everything now.
  static View of(AdminFaces faces) {
    AdminFaces.Status status = faces.status();
    List<Condition> all = new ArrayList<>();
    List<Membership.View> members = faces.members();
    all.add(
        condition(
            "membership has started",
            !members.isEmpty(),
            members.isEmpty() ? "no member is known, not even this one" : here(members),
            "see the end of the log: it waits for discovery, or cannot use its port"));
    faces.door().ifPresent(d -> door(all, d.view(), status));
    List<Consensus.View> groups = faces.groups();
    if (groups.isEmpty()) {
      all.add(
          condition(
              "its Raft groups have started",
              false,
              "none has",
              "enough control members must be here (registry.expect): start the others"));
    }
    for (Consensus.View g : groups) all.add(group(g, members));
    faces.store().map(RecordStore::health).ifPresent(h -> all.add(store(h)));
    return new View(status.name(), status.ready(), status.state(), all);
  }

  private static void door(List<Condition> all, Door.View door, AdminFaces.Status status) {
    boolean going = !status.ready() && !status.state().equals(door.state());
    all.add(
        condition(
            "it is to serve clients",
            !going,
            going ? status.state() : "neither drained, nor leaving",
            "`muster drain --off` where it is drained; a member that leaves is not to serve"));
    for (Door.Service s : door.services()) {
      int more = s.required() - s.peers();
      all.add(
          condition(
              "enough members of service " + s.service() + " are here and linked",
              more <= 0,
              s.peers() + " of " + s.required(),
              "start "
                  + more
                  + " more; `muster members` shows who is missing, `muster explain"
                  + " member NAME` why"));
    }
    if (door.deferred()) {
      all.add(
          condition(
              "clients are let in", false, "gateway.defer holds the door closed", "`muster open`"));
    }
  }

  private static String here(List<Membership.View> members) {
    long here = members.stream().filter(v -> v.member().state().here()).count();
    return here + " of " + members.size() + " members that are known are here";
  }

  private static Condition group(Consensus.View g, List<Membership.View> members) {
    String name = "group " + g.group() + " takes writes";
    if (!g.failure().isEmpty()) {
      return condition(
          name,
          false,
          "this member cannot keep it any more: " + g.failure(),
          "free space or mend the disk, then restart this member");
    }
    List<String> away = new ArrayList<>();
    for (var voter : g.voters()) {
      boolean here =
          members.stream()
              .anyMatch(v -> v.member().state().here() && v.member().address().equals(voter));
      if (!here) {
        away.add(
            members.stream()
                .filter(v -> v.member().address().equals(voter))
                .map(v -> v.member().name() + " at " + voter)
                .findFirst()
                .orElse(voter.toString()));
      }
    }
    String part = g.role().name().toLowerCase(Locale.ROOT);
    String detail =
        part
            + ", "
            + g.leader().map(l -> "led by " + l).orElse("no leader")
            + ", "
            + g.voters().size()
            + " vote"
            + (away.isEmpty() ? "" : ", away: " + String.join(", ", away));
    String todo =
        away.isEmpty()
            ? "all that vote are here: an election should end within seconds; else see their logs"
            : "bring back "
                + String.join(", ", away)
                + ", or forget who is lost while a majority"
                + " is left (`muster members forget`)";
    return condition(name, g.quorum(), detail, todo);
  }

  private static Condition store(StoreHealth h) {
    return condition(
        "the store takes writes", h.good(), h.good() ? "it does" : h.why(), "mend what it names");
  }

  private static Condition condition(String what, boolean holds, String detail, String todo) {
    return new Condition(what, holds, detail, holds ? "" : todo);
  }
}
