package io.muster.supervision.probe.core;

import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.supervision.TargetId;
import io.muster.supervision.probe.Opinion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One target with its checks: what all of them together say.
final class TargetState {
  /// Numbers that a target tells of itself are told on at most this often.
  static final long MEASURES_EVERY_NANOS = 10_000_000_000L;

  final TargetId id;
  Target target;
  boolean passWithoutChecks;

  /// By id of the check, in the order of the plan.
  final Map<String, ProbeTask> tasks = new LinkedHashMap<>();

  /// Something changed that is not told yet.
  boolean held;

  private @Nullable Opinion told;
  private long toldNanos;

  TargetState(TargetId id, Target target) {
    this.id = id;
    this.target = target;
  }

  /// The worst health wins. A check that nobody knows anything of makes the whole unknown: what it
  /// would have said may be worse.
  Opinion opinion() {
    Health worst = Health.PASSING;
    Set<String> errors = new LinkedHashSet<>();
    Set<String> warnings = new LinkedHashSet<>();
    boolean unknown = tasks.isEmpty() && !passWithoutChecks;
    for (ProbeTask task : tasks.values()) {
      switch (task.health()) {
        case PASSING -> {}
        case WARNING -> {
          if (worst == Health.PASSING) worst = Health.WARNING;
          warnings.add(
              text(task, task.riseFall.failing() ? task.criticalMessage : task.warningMessage));
        }
        case CRITICAL -> {
          worst = Health.CRITICAL;
          errors.add(text(task, task.criticalMessage));
        }
        case UNKNOWN -> unknown = true;
      }
    }
    return new Opinion(
        id,
        unknown ? Health.UNKNOWN : worst,
        List.copyOf(errors),
        List.copyOf(warnings),
        learned());
  }

  private static String text(ProbeTask task, String message) {
    return message.isEmpty() ? "Check " + task.group().plan().id() + " failed" : message;
  }

  /// What all checks learned; of a name that two of them know the newer value.
  private Map<String, JsonValue> learned() {
    List<ProbeTask> oldestFirst = new ArrayList<>();
    for (ProbeTask task : tasks.values()) if (!task.learned.isEmpty()) oldestFirst.add(task);
    if (oldestFirst.isEmpty()) return Map.of();
    if (oldestFirst.size() == 1) return oldestFirst.getFirst().learned;
    oldestFirst.sort((a, b) -> Long.signum(a.learnedNanos - b.learnedNanos));
    Map<String, JsonValue> all = new HashMap<>();
    for (ProbeTask task : oldestFirst) all.putAll(task.learned);
    return all;
  }

  /// The opinion, where it has changed since it was told: at once where health, texts or learned
  /// texts differ, after a while where only numbers do.
  ///
  /// @return null when there is nothing to tell
  @Nullable Opinion news(long now) {
    Opinion is = opinion();
    Opinion was = told;
    if (was == null ? is.health() == Health.UNKNOWN && is.learned().isEmpty() : is.equals(was)) {
      held = false;
      return null;
    }
    boolean soon =
        was == null
            || is.health() != was.health()
            || !is.errors().equals(was.errors())
            || !is.warnings().equals(was.warnings())
            || !texts(is).equals(texts(was))
            || now - toldNanos >= MEASURES_EVERY_NANOS;
    held = !soon;
    if (!soon) return null;
    told = is;
    toldNanos = now;
    return is;
  }

  private static Map<String, JsonValue> texts(Opinion opinion) {
    Map<String, JsonValue> texts = new HashMap<>();
    opinion
        .learned()
        .forEach((name, value) -> texts.put(name, isNumber(value) ? JsonValue.NULL : value));
    return texts;
  }

  private static boolean isNumber(JsonValue value) {
    return value.type() == JsonValue.Type.NUMBER;
  }
}
