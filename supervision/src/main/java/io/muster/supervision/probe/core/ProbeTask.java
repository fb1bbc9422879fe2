package io.muster.supervision.probe.core;

import io.muster.spi.check.Finding;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.probe.Timing;
import java.util.Map;
import java.util.random.RandomGenerator;

/// One check of one target: its times, and what it found.
public final class ProbeTask {
  /// What a task does now.
  enum State {
    /// Waits until it is due; a ttl check until its report lapses.
    IDLE,
    /// Is due, and waits for a turn.
    WAITING,
    RUNNING,
    /// Taken out of the plan.
    GONE
  }

  /// First probes come within this time, however long the period is.
  private static final long FIRST_WITHIN_NANOS = 10_000_000_000L;

  final TargetState target;
  private final CheckGroup group;
  final RiseFall riseFall;
  State state = State.IDLE;
  int attempt;

  /// Place and time in the heap; -1 where it is not in.
  int heapIndex = -1;

  long wakeNanos;

  /// On the grid of its period, without jitter.
  private long plannedNanos;

  long dueNanos;
  long startNanos;
  long deadlineNanos;
  boolean probed;
  long latencyNanos = -1;

  /// Whether anything has been found yet, and when last.
  boolean found;

  long foundNanos;
  boolean stale;
  String message = "";

  /// The messages that belong to a health, kept while a target rises or falls.
  String criticalMessage = "";

  String warningMessage = "";
  Map<String, JsonValue> learned = Map.of();
  long learnedNanos;

  ProbeTask(TargetState target, CheckGroup group) {
    this.target = target;
    this.group = group;
    this.riseFall = new RiseFall(timing());
  }

  public CheckGroup group() {
    return group;
  }

  Timing timing() {
    return group.plan().timing();
  }

  private long everyNanos() {
    return timing().every().toNanos();
  }

  /// The first time: after the delay, anywhere in the first period, so that many targets that are
  /// planned together are not probed together for ever.
  void planFirst(long now, RandomGenerator random) {
    if (group.ttlNanos() > 0) {
      dueNanos = now + group.ttlNanos();
      return;
    }
    long spread = Math.min(everyNanos(), FIRST_WITHIN_NANOS);
    plannedNanos = now + timing().initialDelay().toNanos() + random.nextLong(spread);
    dueNanos = plannedNanos;
  }

  /// The next time, from start to start. The grid keeps the average period exact whatever chance
  /// and load add to single ones; a task that fell behind a whole period begins a new grid.
  void planNext(boolean failed, boolean first, long now, RandomGenerator random) {
    long every = everyNanos();
    long afterFail = timing().afterFail().toNanos();
    if (failed && afterFail > 0) {
      plannedNanos = startNanos + afterFail;
    } else if (first && every > FIRST_WITHIN_NANOS) {
      // First probes lay close together: the second ones are spread over the whole period.
      plannedNanos = startNanos + random.nextLong(every) + 1;
    } else {
      plannedNanos += every;
    }
    if (plannedNanos - now < 0) plannedNanos = now;
    long jitter = (long) (every * timing().jitter());
    dueNanos = plannedNanos + (jitter > 0 ? random.nextLong(jitter + 1) : 0);
  }

  /// When something is to be done: a turn asked for, a probe given up, a finding too old.
  ///
  /// @return false when nothing will ever be by time alone
  boolean hasWake() {
    return state == State.IDLE || state == State.RUNNING || goesStale();
  }

  long nextWake() {
    long stalesNanos = foundNanos + timing().lifetime().toNanos();
    if (state == State.WAITING) return stalesNanos;
    long event = state == State.RUNNING ? deadlineNanos : dueNanos;
    return goesStale() && stalesNanos - event < 0 ? stalesNanos : event;
  }

  /// Whether what was found is still believed, and may be too old one day.
  boolean goesStale() {
    return found && !stale && group.ttlNanos() == 0;
  }

  Health health() {
    return stale ? Health.UNKNOWN : riseFall.health();
  }

  /// Takes a finding in.
  ///
  /// @return whether the target's opinion may be another one now
  boolean take(Finding finding, long now) {
    boolean wasStale = stale;
    found = true;
    stale = false;
    foundNanos = now;
    message = finding.message();
    boolean changed = riseFall.accept(finding.health()) || wasStale;
    if (finding.health() == Health.CRITICAL && !criticalMessage.equals(message)) {
      criticalMessage = message;
      changed = true;
    }
    if (finding.health() == Health.WARNING && !warningMessage.equals(message)) {
      warningMessage = message;
      changed = true;
    }
    if (!finding.learned().isEmpty()) {
      learnedNanos = now;
      if (!finding.learned().equals(learned)) {
        learned = finding.learned();
        changed = true;
      }
    }
    return changed;
  }
}
