package io.muster.supervision.trigger;

import io.muster.spi.ProviderSettings;
import io.muster.spi.action.ActionProvider;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.NestedSettings;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// One entry of `triggers` of a cluster. Immutable.
///
/// @param id unique in its cluster and the same on all members
/// @param throttle at most one run per such period; zero for any number
/// @param env for commands, stronger than the action's own
/// @param actions at least one; they run at the same time
/// @param run who runs it
/// @param queue what happens to firings while one runs
/// @param timeout of each try of an action
/// @param retries of an action that failed, 0 to 10, after 1 s, 2 s, … 30 s at most
/// @param onError whether commands after a failed one are run
/// @param redeliver with [Run#LEADER]: whether a run that nobody knows the end of is run again
public record TriggerSettings(
    String id,
    Event on,
    Duration throttle,
    Map<String, String> env,
    List<ActionPlan> actions,
    Run run,
    Queue queue,
    Duration timeout,
    int retries,
    OnError onError,
    boolean redeliver) {
  public static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration DAY = Duration.ofDays(1);
  private static final int ACTIONS_MAX = 32;

  /// Who runs a trigger.
  public enum Run {
    /// Each member, for itself.
    EVERY,
    /// One member for all, recorded in the log.
    LEADER,
    /// The member where the event arose, alone, unrecorded.
    LOCAL
  }

  /// What happens to firings while one runs.
  public enum Queue {
    /// They wait, in their order.
    SERIAL,
    /// The newest waits, those before it are passed over.
    LATEST,
    /// They run at once.
    PARALLEL
  }

  /// Whether commands after a failed one are run.
  public enum OnError {
    CONTINUE,
    STOP
  }

  public TriggerSettings {
    env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
    actions = List.copyOf(actions);
  }

  /// Reads one entry.
  ///
  /// @param plugins kinds of actions beside those of Muster
  /// @throws RuntimeException of [ProviderSettings#wrong]
  public static TriggerSettings read(ProviderSettings s, List<ActionProvider> plugins) {
    JsonValue on = s.value("on", "[collection, event]", "what it waits for").orElse(JsonValue.NULL);
    Event event;
    try {
      event = Event.parse(on);
    } catch (IllegalArgumentException e) {
      throw s.wrong("on", String.valueOf(e.getMessage()));
    }
    Duration throttle =
        s.duration("throttle", Duration.ZERO, Duration.ZERO, DAY, "at most one run per period");
    Map<String, String> env =
        s.value("env", "names and texts", "environment of commands, above the actions' own")
            .map(v -> NestedSettings.textMap(s, "env", v))
            .orElse(Map.of());
    env.keySet().forEach(name -> ActionReader.name(s, "env." + name, name));
    JsonValue todo = s.value("do", "a list of actions", "what it does").orElse(JsonValue.NULL);
    Run run = s.choice("run", Run.class, Run.EVERY, "who runs it: each member, one, or its origin");
    Queue queue =
        s.choice("queue", Queue.class, Queue.LATEST, "what happens to firings while one runs");
    Duration timeout =
        s.duration("timeout", TIMEOUT, Duration.ofMillis(100), DAY, "of each try of an action");
    int retries = s.integer("retries", 0, 0, 10, "of an action that failed");
    OnError onError =
        s.choice(
            "on_error", OnError.class, OnError.CONTINUE, "whether commands after a failed one run");
    boolean redeliver =
        s.flag("redeliver", false, "with run: leader, run again what nobody knows the end of");
    if (redeliver && run != Run.LEADER) {
      throw s.wrong("redeliver", "run: leader beside it; only runs of one for all are recorded");
    }
    if (run == Run.LEADER && !event.shared()) {
      throw s.wrong("run", "every or local: each member has its own events " + event.text());
    }
    List<ActionPlan> actions = actions(s, todo, plugins);
    String id = s.text("id", "", "its name in views; made of its other keys where there is none");
    if (!id.matches("[A-Za-z0-9._-]{0,64}")) {
      throw s.wrong("id", "1 to 64 letters, digits, '.', '_' or '-'");
    }
    TriggerSettings t =
        new TriggerSettings(
            id, event, throttle, env, actions, run, queue, timeout, retries, onError, redeliver);
    return id.isEmpty() ? t.named(digest(t, todo)) : t;
  }

  private static List<ActionPlan> actions(
      ProviderSettings s, JsonValue todo, List<ActionProvider> plugins) {
    // A single action without its list is plain enough.
    List<JsonValue> entries =
        switch (todo) {
          case JsonValue.Arr a -> a.elements();
          case JsonValue.Obj o -> List.of(o);
          case JsonValue.Null _,
              JsonValue.Bool _,
              JsonValue.Whole _,
              JsonValue.Fraction _,
              JsonValue.Text _ ->
              List.of();
        };
    if (entries.isEmpty() || entries.size() > ACTIONS_MAX) {
      throw s.wrong("do", "a list of 1 to " + ACTIONS_MAX + " actions, each with a type");
    }
    ActionReader reader = new ActionReader(plugins);
    List<ActionPlan> actions = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      actions.add(reader.read(s, "do[" + i + "]", entries.get(i)));
    }
    return actions;
  }

  /// SHAKE-128 of what it says as JSON, as the original makes names; 128 bits of it. What is as
  /// usual is left out, so that saying it does not make another trigger.
  private static String digest(TriggerSettings t, JsonValue todo) {
    SequencedMap<String, JsonValue> keys = new LinkedHashMap<>();
    keys.put("on", Occurrence.texts(List.of(t.on.collection(), t.on.label())));
    keys.put("do", todo);
    SequencedMap<String, JsonValue> env = new LinkedHashMap<>();
    t.env.forEach((name, value) -> env.put(name, new JsonValue.Text(value)));
    if (!env.isEmpty()) keys.put("env", new JsonValue.Obj(env));
    if (!t.throttle.isZero()) keys.put("throttle", text(t.throttle));
    if (t.run != Run.EVERY) keys.put("run", text(t.run));
    if (t.queue != Queue.LATEST) keys.put("queue", text(t.queue));
    if (!t.timeout.equals(TIMEOUT)) keys.put("timeout", text(t.timeout));
    if (t.retries != 0) keys.put("retries", new JsonValue.Whole(t.retries));
    if (t.onError != OnError.CONTINUE) keys.put("on_error", text(t.onError));
    if (t.redeliver) keys.put("redeliver", new JsonValue.Bool(true));
    try {
      byte[] json = JsonText.write(new JsonValue.Obj(keys));
      byte[] all = MessageDigest.getInstance("SHAKE128-256").digest(json);
      return HexFormat.of().formatHex(all, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK from 25 on has SHAKE128-256", e);
    }
  }

  private static JsonValue text(Object value) {
    return new JsonValue.Text(value.toString());
  }

  /// Tells those of one cluster apart whose ids were made and are the same: the second gets `-2`.
  ///
  /// @throws IllegalArgumentException naming an id that two were given
  public static List<TriggerSettings> distinct(List<TriggerSettings> all) {
    Map<String, Integer> seen = new HashMap<>();
    List<TriggerSettings> out = new ArrayList<>();
    for (TriggerSettings t : all) {
      int n = seen.merge(t.id, 1, Integer::sum);
      if (n > 1 && !t.id.matches("[0-9a-f]{32}")) {
        throw new IllegalArgumentException("two triggers have the id '" + t.id + "'");
      }
      out.add(n == 1 ? t : t.named(t.id + "-" + n));
    }
    return out;
  }

  private TriggerSettings named(String other) {
    return new TriggerSettings(
        other, on, throttle, env, actions, run, queue, timeout, retries, onError, redeliver);
  }

  /// The longest that a run of it may take, once it has begun.
  public Duration longest() {
    return timeout.multipliedBy(retries + 1L).plusSeconds(30L * retries);
  }
}
