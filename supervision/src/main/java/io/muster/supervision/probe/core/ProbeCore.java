package io.muster.supervision.probe.core;

import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.supervision.TargetId;
import io.muster.supervision.probe.CheckView;
import io.muster.supervision.probe.Opinion;
import io.muster.supervision.probe.ProbeCounts;
import io.muster.supervision.probe.ProbePlan;
import io.muster.supervision.probe.Reported;
import io.muster.supervision.probe.core.ProbeTask.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// All that a member probes: who is due, who runs, who was given up, and what it all means.
///
/// Time comes in as monotonic nanoseconds. What is queued is bounded by the number of tasks: each
/// is in one queue at most. Used by one thread at a time.
public final class ProbeCore {
  private static final String TIMED_OUT = "Timed out";

  private final int concurrent;
  private final RandomGenerator random;
  private final DueHeap heap = new DueHeap();
  private final Map<String, Cluster> clusters = new LinkedHashMap<>();

  /// Admitted by their group, and waiting for the bound of the member.
  private final ArrayDeque<ProbeTask> ready = new ArrayDeque<>();

  private final Set<TargetState> touched = new LinkedHashSet<>();
  private int running;

  private static final class Cluster {
    Map<String, CheckGroup> groups = new LinkedHashMap<>();
    final Map<String, TargetState> targets = new LinkedHashMap<>();
  }

  /// @param concurrent probes that run at once, at least 1
  /// @param random for jitter and spreading
  public ProbeCore(int concurrent, RandomGenerator random) {
    this.concurrent = concurrent;
    this.random = random;
  }

  // --- what is probed

  /// The open check of a plan's entry, where it is the same as before.
  public Optional<CheckGroup> group(String cluster, String check) {
    Cluster c = clusters.get(cluster);
    return c == null ? Optional.empty() : Optional.ofNullable(c.groups.get(check));
  }

  /// Replaces what is probed in a cluster. Targets and checks that stay keep their history, and
  /// their next time; a target that moved is asked again soon.
  ///
  /// @param groups one for each check of the plan, in its order; those of [#group] stay
  public List<Effect> plan(ProbePlan plan, List<CheckGroup> groups, long now) {
    List<Effect> effects = new ArrayList<>();
    Cluster cluster = clusters.computeIfAbsent(plan.cluster(), _ -> new Cluster());
    Map<String, CheckGroup> wanted = new LinkedHashMap<>();
    for (CheckGroup g : groups) wanted.put(g.plan().id(), g);
    Set<String> present = new LinkedHashSet<>();
    for (Target target : plan.targets()) present.add(target.addr());
    Iterator<TargetState> old = cluster.targets.values().iterator();
    while (old.hasNext()) {
      TargetState t = old.next();
      boolean stays = present.contains(t.id.addr());
      Iterator<ProbeTask> tasks = t.tasks.values().iterator();
      while (tasks.hasNext()) {
        ProbeTask task = tasks.next();
        if (stays && wanted.get(task.group().plan().id()) == task.group()) continue;
        end(task, effects);
        tasks.remove();
      }
      if (stays) continue;
      touched.remove(t);
      old.remove();
    }
    for (CheckGroup g : cluster.groups.values()) {
      if (wanted.get(g.plan().id()) != g) effects.add(new Effect.Close(g));
    }
    cluster.groups = wanted;
    for (Target target : plan.targets()) place(cluster, plan, target, effects, now);
    return effects;
  }

  private void place(
      Cluster cluster, ProbePlan plan, Target target, List<Effect> effects, long now) {
    TargetId id = new TargetId(plan.cluster(), target.addr());
    TargetState state =
        cluster.targets.computeIfAbsent(target.addr(), _ -> new TargetState(id, target));
    boolean moved = !state.target.endpoint().equals(target.endpoint());
    state.target = target;
    state.passWithoutChecks = plan.passWithoutChecks();
    Map<String, ProbeTask> before = new HashMap<>(state.tasks);
    state.tasks.clear();
    for (CheckGroup g : cluster.groups.values()) {
      ProbeTask task = before.get(g.plan().id());
      if (task == null) {
        task = new ProbeTask(state, g);
        task.planFirst(now, random);
        wakeLater(task);
      } else if (moved) {
        again(task, effects, now);
      }
      state.tasks.put(g.plan().id(), task);
    }
    touched.add(state);
  }

  /// What was asked of the old place says nothing of the new one.
  private void again(ProbeTask task, List<Effect> effects, long now) {
    if (task.state == State.WAITING || task.group().ttlNanos() > 0) return;
    if (task.state == State.RUNNING) {
      effects.add(new Effect.Cancel(task, task.attempt));
      release(task);
    }
    task.state = State.IDLE;
    task.dueNanos = now;
    wakeLater(task);
  }

  private void end(ProbeTask task, List<Effect> effects) {
    heap.remove(task);
    if (task.state == State.RUNNING) {
      effects.add(new Effect.Cancel(task, task.attempt));
      release(task);
    }
    // One that waits in a queue is passed over there.
    task.state = State.GONE;
  }

  /// Ends all probes of a cluster.
  public List<Effect> drop(String cluster) {
    Cluster c = clusters.remove(cluster);
    List<Effect> effects = new ArrayList<>();
    if (c == null) return effects;
    for (TargetState t : c.targets.values()) {
      for (ProbeTask task : t.tasks.values()) end(task, effects);
      touched.remove(t);
    }
    for (CheckGroup g : c.groups.values()) effects.add(new Effect.Close(g));
    return effects;
  }

  /// Ends everything.
  public List<Effect> dropAll() {
    List<Effect> effects = new ArrayList<>();
    for (String name : List.copyOf(clusters.keySet())) effects.addAll(drop(name));
    return effects;
  }

  // --- time

  /// Does what is due.
  public List<Effect> advance(long now) {
    List<Effect> effects = new ArrayList<>();
    for (ProbeTask task = heap.first(); task != null; task = heap.first()) {
      if (now - task.wakeNanos < 0) break;
      if (task.goesStale() && now - (task.foundNanos + task.timing().lifetime().toNanos()) >= 0) {
        task.stale = true;
        touched.add(task.target);
      }
      if (task.state == State.IDLE && now - task.dueNanos >= 0) due(task, now);
      else if (task.state == State.RUNNING && now - task.deadlineNanos >= 0) {
        effects.add(new Effect.Cancel(task, task.attempt));
        task.group().timedOut++;
        settle(task, Finding.critical(TIMED_OUT), now);
      } else {
        wakeLater(task);
      }
    }
    admit(effects, now);
    return effects;
  }

  private void due(ProbeTask task, long now) {
    CheckGroup group = task.group();
    if (group.ttlNanos() > 0) {
      task.dueNanos = now + group.ttlNanos();
      task.found = true;
      String silent = "No report for " + seconds(group.ttlNanos());
      boolean news = !silent.equals(task.criticalMessage);
      task.message = silent;
      task.criticalMessage = silent;
      group.critical++;
      if (task.riseFall.lapse() || news) touched.add(task.target);
    } else {
      task.state = State.WAITING;
      if (group.full()) {
        group.waiting.add(task);
      } else {
        group.admitted++;
        ready.add(task);
      }
    }
    wakeLater(task);
  }

  private static String seconds(long nanos) {
    return nanos % 1_000_000_000 == 0 ? nanos / 1_000_000_000 + " s" : nanos / 1_000_000 + " ms";
  }

  private void admit(List<Effect> effects, long now) {
    while (running < concurrent) {
      ProbeTask task = ready.poll();
      if (task == null) return;
      if (task.state != State.WAITING) {
        free(task.group());
        continue;
      }
      CheckGroup group = task.group();
      running++;
      group.running++;
      group.started++;
      if (now - task.dueNanos >= task.timing().every().toNanos()) group.late++;
      task.state = State.RUNNING;
      task.attempt++;
      task.startNanos = now;
      task.deadlineNanos = now + task.timing().timeout().toNanos();
      wakeLater(task);
      effects.add(
          new Effect.Start(
              task, task.attempt, new Probe(task.target.target, task.timing().timeout())));
    }
  }

  /// Gives the turn of a task back.
  private void release(ProbeTask task) {
    running--;
    task.group().running--;
    free(task.group());
  }

  private void free(CheckGroup group) {
    group.admitted--;
    while (!group.full()) {
      ProbeTask next = group.waiting.poll();
      if (next == null) return;
      if (next.state != State.WAITING) continue;
      group.admitted++;
      ready.add(next);
    }
  }

  /// An answer has come; one of an attempt that was given up is not looked at.
  public void finished(ProbeTask task, int attempt, Finding finding, long now) {
    if (task.state == State.RUNNING && task.attempt == attempt) settle(task, finding, now);
  }

  private void settle(ProbeTask task, Finding finding, long now) {
    CheckGroup group = task.group();
    release(task);
    task.state = State.IDLE;
    task.latencyNanos = now - task.startNanos;
    group.took(task.latencyNanos);
    boolean first = !task.probed;
    task.probed = true;
    take(task, finding, now);
    task.planNext(finding.health() == Health.CRITICAL, first, now, random);
    wakeLater(task);
  }

  private void take(ProbeTask task, Finding finding, long now) {
    CheckGroup group = task.group();
    switch (finding.health()) {
      case PASSING -> group.passing++;
      case WARNING -> group.warning++;
      case CRITICAL -> group.critical++;
      case UNKNOWN -> {
        group.unknown++;
        task.message = finding.message();
        return;
      }
    }
    if (task.take(finding, now) || task.target.held) touched.add(task.target);
  }

  /// A service reported itself; holds for as long as its check says.
  public Reported report(TargetId target, String check, Finding finding, long now) {
    Cluster cluster = clusters.get(target.cluster());
    TargetState state = cluster == null ? null : cluster.targets.get(target.addr());
    if (state == null) return Reported.NO_TARGET;
    ProbeTask task = state.tasks.get(check);
    if (task == null) return Reported.NO_CHECK;
    if (task.group().ttlNanos() == 0) return Reported.NOT_TTL;
    task.startNanos = now;
    task.probed = true;
    take(task, finding, now);
    if (finding.health() != Health.UNKNOWN) task.dueNanos = now + task.group().ttlNanos();
    wakeLater(task);
    return Reported.TAKEN;
  }

  /// This process stood still: nobody is to blame for not having answered meanwhile, and what was
  /// known before is not older than it was.
  ///
  /// @param nanos for how long
  public void overslept(long nanos) {
    for (Cluster cluster : clusters.values()) {
      for (TargetState target : cluster.targets.values()) {
        for (ProbeTask task : target.tasks.values()) {
          if (task.state == State.RUNNING) task.deadlineNanos += nanos;
          task.foundNanos += nanos;
          if (task.group().ttlNanos() > 0) task.dueNanos += nanos;
          wakeLater(task);
        }
      }
    }
  }

  private void wakeLater(ProbeTask task) {
    if (task.hasWake()) heap.put(task, task.nextWake());
    else heap.remove(task);
  }

  /// When [#advance] is wanted next; empty when nothing is planned. Not before `now` where
  /// something can be started at once.
  public Optional<Long> next(long now) {
    if (!ready.isEmpty() && running < concurrent) return Optional.of(now);
    ProbeTask first = heap.first();
    return first == null ? Optional.empty() : Optional.of(first.wakeNanos);
  }

  /// Whether [#news] or [#advance] have something to do right now.
  public boolean stirs() {
    return !touched.isEmpty() || (!ready.isEmpty() && running < concurrent);
  }

  // --- what it all means

  /// Opinions that changed since the last call.
  public List<Opinion> news(long now) {
    if (touched.isEmpty()) return List.of();
    List<Opinion> news = new ArrayList<>();
    for (TargetState t : touched) {
      Opinion opinion = t.news(now);
      if (opinion != null) news.add(opinion);
    }
    touched.clear();
    return news;
  }

  /// All opinions, unknown ones included.
  public List<Opinion> opinions() {
    List<Opinion> all = new ArrayList<>();
    for (Cluster cluster : clusters.values()) {
      for (TargetState t : cluster.targets.values()) all.add(t.opinion());
    }
    return all;
  }

  /// The checks of a target; none where it is not probed.
  ///
  /// @param wall what the wall clock says at `now`
  public List<CheckView> checks(TargetId id, long now, Instant wall) {
    Cluster cluster = clusters.get(id.cluster());
    @Nullable TargetState target = cluster == null ? null : cluster.targets.get(id.addr());
    if (target == null) return List.of();
    List<CheckView> views = new ArrayList<>();
    for (ProbeTask task : target.tasks.values()) {
      views.add(
          new CheckView(
              task.group().plan().id(),
              task.group().plan().kind(),
              task.health(),
              task.message,
              task.probed || task.state == State.RUNNING
                  ? Optional.of(at(task.startNanos, now, wall))
                  : Optional.empty(),
              task.latencyNanos < 0
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(task.latencyNanos / 1e6),
              task.riseFall.consecutive(),
              task.state == State.RUNNING
                  ? Optional.empty()
                  : Optional.of(at(task.dueNanos, now, wall))));
    }
    return views;
  }

  private static Instant at(long nanos, long now, Instant wall) {
    return wall.plus(Duration.ofNanos(nanos - now));
  }

  /// What each check has done.
  public List<ProbeCounts> counts() {
    List<ProbeCounts> all = new ArrayList<>();
    for (Cluster cluster : clusters.values()) {
      for (CheckGroup g : cluster.groups.values()) all.add(g.counts());
    }
    return all;
  }
}
