package io.muster.supervision.trigger.core;

import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Bool;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// One run of one trigger for the whole cluster, as the registry keeps it. Immutable.
///
/// Format 1, JSON: the names of the components in snake_case, and `v`.
///
/// @param wish what is to be done
/// @param state how far it is
/// @param member name of who claimed it
/// @param life of that member's process, so that one that was restarted is told from one that runs
/// @param attempt 1, and one more each time another takes it over
/// @param startedMillis by the clock of who claimed it
/// @param endedMillis 0 until then
/// @param message why it failed, or what became of it
/// @param exitCodes of its commands
/// @param output the end of what it printed, 1 KiB at most
public record Effect(
    Wish wish,
    State state,
    String member,
    String life,
    int attempt,
    long startedMillis,
    long endedMillis,
    String message,
    List<Integer> exitCodes,
    String output) {
  private static final int OUTPUT_MAX = 1024;

  /// How far an effect is.
  public enum State {
    /// Claimed: it runs, or its member has died over it.
    STARTED,
    /// Did what it should.
    DONE,
    /// Did not.
    FAILED,
    /// A newer firing took its place before it ran.
    PASSED_OVER,
    /// Its member went away and nobody knows how far it came. It is not run again.
    UNKNOWN
  }

  /// What shall be done once.
  ///
  /// @param index of the log entry that made the event
  /// @param eventId of the event
  /// @param cluster the event is about
  /// @param trigger id in the cluster
  /// @param redeliver whether it is run again when nobody knows its end
  /// @param allowanceMillis how long a member that is here may take before others take it for stuck
  /// @param document the event, for who takes over; null once it has ended
  public record Wish(
      long index,
      String eventId,
      String cluster,
      String trigger,
      boolean redeliver,
      long allowanceMillis,
      JsonValue document) {
    /// Its key in the registry below a prefix: in the order of the log.
    public String key() {
      return "%016x/%s/%s/%s".formatted(index, cluster, trigger, eventId);
    }

    Wish without() {
      return new Wish(index, eventId, cluster, trigger, redeliver, allowanceMillis, JsonValue.NULL);
    }
  }

  public Effect {
    exitCodes = List.copyOf(exitCodes);
  }

  static Effect claim(Wish wish, String member, String life, int attempt, long wallMillis) {
    return new Effect(wish, State.STARTED, member, life, attempt, wallMillis, 0, "", List.of(), "");
  }

  Effect settled(State end, String why, List<Integer> codes, String printed, long wallMillis) {
    String last = printed.substring(Math.max(0, printed.length() - OUTPUT_MAX));
    return new Effect(
        wish.without(), end, member, life, attempt, startedMillis, wallMillis, why, codes, last);
  }

  public byte[] bytes() {
    SequencedMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("v", new Whole(1));
    all.put("state", new Text(state.name()));
    all.put("index", new Whole(wish.index));
    all.put("event_id", new Text(wish.eventId));
    all.put("cluster", new Text(wish.cluster));
    all.put("trigger", new Text(wish.trigger));
    all.put("redeliver", new Bool(wish.redeliver));
    all.put("allowance_millis", new Whole(wish.allowanceMillis));
    all.put("document", wish.document);
    all.put("member", new Text(member));
    all.put("life", new Text(life));
    all.put("attempt", new Whole(attempt));
    all.put("started_millis", new Whole(startedMillis));
    all.put("ended_millis", new Whole(endedMillis));
    all.put("message", new Text(message));
    all.put(
        "exit_codes",
        new JsonValue.Arr(exitCodes.stream().map(c -> (JsonValue) new Whole(c)).toList()));
    all.put("output", new Text(output));
    return JsonText.write(new Obj(all));
  }

  /// @throws IllegalArgumentException when it is none, or of a later format
  public static Effect read(byte[] bytes) {
    if (!(JsonText.read(bytes) instanceof Obj o)) throw new IllegalArgumentException("no effect");
    long version = whole(o, "v");
    if (version != 1) throw new IllegalArgumentException("an effect of format " + version);
    Wish wish =
        new Wish(
            whole(o, "index"),
            text(o, "event_id"),
            text(o, "cluster"),
            text(o, "trigger"),
            o.members().get("redeliver") instanceof Bool b && b.value(),
            whole(o, "allowance_millis"),
            o.members().getOrDefault("document", JsonValue.NULL));
    List<Integer> codes =
        o.members().get("exit_codes") instanceof JsonValue.Arr a
            ? a.elements().stream().map(e -> e instanceof Whole w ? (int) w.value() : -1).toList()
            : List.of();
    return new Effect(
        wish,
        State.valueOf(text(o, "state")),
        text(o, "member"),
        text(o, "life"),
        (int) whole(o, "attempt"),
        whole(o, "started_millis"),
        whole(o, "ended_millis"),
        text(o, "message"),
        codes,
        text(o, "output"));
  }

  private static String text(Obj o, String name) {
    if (o.members().get(name) instanceof Text t) return t.value();
    throw new IllegalArgumentException("an effect without '" + name + "'");
  }

  private static long whole(Obj o, String name) {
    if (o.members().get(name) instanceof Whole w) return w.value();
    throw new IllegalArgumentException("an effect without '" + name + "'");
  }
}
