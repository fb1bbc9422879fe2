package io.muster.supervision.driver;

import io.muster.spi.store.JsonValue;
import io.muster.supervision.TargetId;
import io.muster.supervision.core.PoolEvent;
import io.muster.supervision.core.Pools;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.Verdict;
import io.muster.supervision.trigger.Event;
import io.muster.supervision.trigger.Occurrence;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gives what happened its name, place in the log and cause, the same on every member. Confined to
/// the supervision loop.
final class Occurrences {
  private final Pools pools;
  private final String member;

  /// How often each event of one entry was named; entries hold several commands.
  private final Map<String, Integer> named = new HashMap<>();

  private long last = -1;

  Occurrences(Pools pools, String member) {
    this.pools = pools;
    this.member = member;
  }

  /// Where and when something was decided.
  record At(long index, Instant time) {}

  /// What one command of the log did, for triggers.
  List<Occurrence> of(List<PoolEvent> events, At at) {
    if (at.index() != last) named.clear();
    last = at.index();
    List<Occurrence> all = new ArrayList<>();
    Set<String> touched = new LinkedHashSet<>();
    for (PoolEvent e : events) {
      if (!pools.initialized(e.cluster())) continue;
      touched.add(e.cluster());
      switch (e) {
        case PoolEvent.Inserted i -> all.add(about(Event.NODES_INSERTED, i.target(), at, "", ""));
        case PoolEvent.Deleted d -> all.add(about(Event.NODES_DELETED, d.target(), at, "", ""));
        case PoolEvent.Changed c -> all.add(about(Event.NODES_CHANGED, c.target(), at, "", ""));
        case PoolEvent.StateChanged s ->
            all.add(
                about(
                    Event.NODES_STATE,
                    s.target(),
                    at,
                    StateCodec.word(s.after()),
                    StateCodec.word(s.before())));
        case PoolEvent.Contested c ->
            all.add(
                about(
                    Event.NODES_CONTESTED,
                    c.target(),
                    at,
                    c.contested() ? "contested" : "agreed",
                    c.contested() ? "agreed" : "contested"));
        case PoolEvent.MaintenanceChanged m ->
            all.add(
                about(
                    Event.NODES_MAINTENANCE,
                    m.target(),
                    at,
                    m.begun() ? "maintenance" : "",
                    m.begun() ? "" : "maintenance"));
        case PoolEvent.DrainChanged d -> {
          // Begun it is a change like others; its end is what somebody waits for.
          if (!d.begun()) all.add(about(Event.NODES_DRAINED, d.target(), at, "", "draining"));
        }
        case PoolEvent.ActiveChanged a ->
            all.add(
                occurrence(
                    Event.NODES_ACTIVE, a.cluster(), "", at, "", "", a.added(), a.removed(), ""));
      }
    }
    for (String cluster : touched) {
      all.add(occurrence(Event.NODES_ALL, cluster, "", at, "", "", List.of(), List.of(), ""));
    }
    return all;
  }

  /// What holds, told to this member alone because it starts.
  Occurrence retold(String cluster, At at, long incarnation) {
    List<String> active = pools.active(cluster);
    return new Occurrence(
        Occurrence.RETOLD + incarnation + ":" + cluster,
        Event.NODES_ACTIVE,
        cluster,
        "",
        "",
        "",
        active,
        all(cluster),
        active,
        List.of(),
        JsonValue.NULL,
        term(),
        at.index(),
        at.time(),
        "this member started",
        member);
  }

  /// Something about this member's part in the group of members.
  Occurrence raft(Event event, String state, String before, At at, long incarnation, long number) {
    return new Occurrence(
        member + ":" + incarnation + ":" + number,
        event,
        "",
        "",
        state,
        before,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        JsonValue.NULL,
        term(),
        at.index(),
        at.time(),
        "",
        member);
  }

  /// Somebody changed his mind about a target.
  Occurrence opinion(TargetId id, At at, long incarnation, long number) {
    Occurrence of = own(Event.NODES_CHANGED_SHARED_STATE, id.cluster(), at, incarnation, number);
    return new Occurrence(
        of.id(),
        of.event(),
        of.cluster(),
        id.addr(),
        "",
        "",
        of.active(),
        of.all(),
        List.of(),
        List.of(),
        JsonValue.NULL,
        of.term(),
        of.index(),
        of.time(),
        "",
        member);
  }

  /// Something about a cluster that only this member has.
  Occurrence own(Event event, String cluster, At at, long incarnation, long number) {
    return new Occurrence(
        member + ":" + incarnation + ":" + number,
        event,
        cluster,
        "",
        "",
        "",
        pools.active(cluster),
        all(cluster),
        List.of(),
        List.of(),
        JsonValue.NULL,
        term(),
        at.index(),
        at.time(),
        "",
        member);
  }

  private long term() {
    StateCodec.JudgeRecord judge = pools.judge();
    return judge == null ? 0 : judge.term();
  }

  private List<String> all(String cluster) {
    return pools.nodes(cluster).stream().map(n -> n.id().addr()).toList();
  }

  private Occurrence about(Event event, TargetId id, At at, String state, String before) {
    Pools.Node node = pools.node(id);
    return occurrence(
        event,
        id.cluster(),
        id.addr(),
        at,
        state,
        before,
        event == Event.NODES_INSERTED ? List.of(id.addr()) : List.of(),
        event == Event.NODES_DELETED ? List.of(id.addr()) : List.of(),
        node == null ? "" : cause(node.verdict()));
  }

  private Occurrence occurrence(
      Event event,
      String cluster,
      String addr,
      At at,
      String state,
      String before,
      List<String> added,
      List<String> removed,
      String cause) {
    String name = at.index() + ":" + event.text() + ":" + cluster + "/" + addr;
    int times = named.merge(name, 1, Integer::sum);
    StateCodec.JudgeRecord judge = pools.judge();
    return new Occurrence(
        times == 1 ? name : name + "#" + times,
        event,
        cluster,
        addr,
        state,
        before,
        pools.active(cluster),
        all(cluster),
        added,
        removed,
        JsonValue.NULL,
        term(),
        at.index(),
        at.time(),
        cause,
        judge == null ? "" : judge.name());
  }

  private static String cause(Verdict v) {
    if (v.ballot().isEmpty()) return "";
    long agree = v.ballot().values().stream().filter(h -> h == v.health()).count();
    String why = String.join("; ", v.errors().isEmpty() ? v.warnings() : v.errors());
    return agree
        + " of "
        + v.ballot().size()
        + " say "
        + StateCodec.word(v.health())
        + (why.isEmpty() ? "" : ": " + why);
  }
}
