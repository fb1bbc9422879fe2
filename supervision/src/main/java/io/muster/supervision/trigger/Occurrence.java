package io.muster.supervision.trigger;

import io.muster.spi.store.JsonValue;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// One time that an event happened. Immutable.
///
/// @param id of an event that the log made the same on all members and never used again; otherwise
///     unique to this member. Begins with [#RETOLD] where a member that starts is told what holds
/// @param cluster empty for events of the members themselves
/// @param addr the target it is about; empty where it is about many
/// @param state in small letters what holds since: `passing`, `leader`, …; empty where nothing did
/// @param oldState what held before, in the same manner
/// @param active addresses of the active targets of the cluster, in their order
/// @param all addresses of all targets of the cluster
/// @param added those that came to the list that the event is about
/// @param removed those that left it
/// @param params of a start: `spare`, `start_cookie` and more; null otherwise
/// @param term of the leader that decided
/// @param index of the log's entry; of an event that only one member has, what that member had
///     applied last
/// @param time when it was decided, by the clock of who did
/// @param cause in words: `2 of 3 say critical: Timed out`, `disabled by ann`; may be empty
/// @param origin name of the member where it arose; for a verdict that is the leader
public record Occurrence(
    String id,
    Event event,
    String cluster,
    String addr,
    String state,
    String oldState,
    List<String> active,
    List<String> all,
    List<String> added,
    List<String> removed,
    JsonValue params,
    long term,
    long index,
    Instant time,
    String cause,
    String origin) {
  public static final String RETOLD = "start:";

  public Occurrence {
    if (id.isEmpty()) throw new IllegalArgumentException("an occurrence needs an id");
    if (index < 0) throw new IllegalArgumentException("index: " + index);
    active = List.copyOf(active);
    all = List.copyOf(all);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
  }

  /// Whether it is not new: only the member that starts is told, and what runs once for all members
  /// does not run again.
  boolean retold() {
    return id.startsWith(RETOLD);
  }

  /// As an object, which webhooks send and commands read from their standard input.
  public JsonValue.Obj document() {
    SequencedMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("id", text(id));
    all.put("event", text(event.text()));
    all.put("cluster", text(cluster));
    all.put("node", text(addr));
    all.put("state", text(state));
    all.put("old_state", text(oldState));
    all.put("active", texts(active));
    all.put("all", texts(this.all));
    all.put("added", texts(added));
    all.put("removed", texts(removed));
    if (!(params instanceof JsonValue.Null)) all.put("params", params);
    all.put("term", new JsonValue.Whole(term));
    all.put("index", new JsonValue.Whole(index));
    all.put("time", text(time.toString()));
    all.put("cause", text(cause));
    all.put("origin", text(origin));
    return new JsonValue.Obj(all);
  }

  private static JsonValue text(String s) {
    return new JsonValue.Text(s);
  }

  static JsonValue texts(List<String> all) {
    return new JsonValue.Arr(all.stream().map(Occurrence::text).toList());
  }

  /// Reads what [#document] wrote.
  ///
  /// @throws IllegalArgumentException when it is none
  static Occurrence read(JsonValue document) {
    if (!(document instanceof JsonValue.Obj o)) throw new IllegalArgumentException("no event");
    return new Occurrence(
        string(o, "id"),
        Event.parse(text(string(o, "event"))),
        string(o, "cluster"),
        string(o, "node"),
        string(o, "state"),
        string(o, "old_state"),
        strings(o, "active"),
        strings(o, "all"),
        strings(o, "added"),
        strings(o, "removed"),
        o.members().getOrDefault("params", JsonValue.NULL),
        whole(o, "term"),
        whole(o, "index"),
        Instant.parse(string(o, "time")),
        string(o, "cause"),
        string(o, "origin"));
  }

  private static String string(JsonValue.Obj o, String name) {
    if (o.members().get(name) instanceof JsonValue.Text t) return t.value();
    throw new IllegalArgumentException("an event without '" + name + "'");
  }

  private static long whole(JsonValue.Obj o, String name) {
    if (o.members().get(name) instanceof JsonValue.Whole w) return w.value();
    throw new IllegalArgumentException("an event without '" + name + "'");
  }

  private static List<String> strings(JsonValue.Obj o, String name) {
    if (!(o.members().get(name) instanceof JsonValue.Arr a)) {
      throw new IllegalArgumentException("an event without '" + name + "'");
    }
    return a.elements().stream().map(e -> e instanceof JsonValue.Text t ? t.value() : "").toList();
  }
}
