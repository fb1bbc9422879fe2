package io.muster.supervision.trigger;

import io.muster.kernel.ControlLoop;
import io.muster.kernel.Mailbox;
import io.muster.kernel.TimeSource;
import io.muster.kernel.Timers;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.spi.action.Firing;
import io.muster.supervision.trigger.RunView.ActionView;
import io.muster.supervision.trigger.TriggerSettings.Run;
import io.muster.supervision.trigger.core.Effect;
import io.muster.supervision.trigger.core.Effect.State;
import io.muster.supervision.trigger.core.Effect.Wish;
import io.muster.supervision.trigger.core.EffectsCore;
import io.muster.supervision.trigger.core.EffectsCore.Act;
import io.muster.supervision.trigger.core.EffectsCore.End;
import io.muster.supervision.trigger.core.TriggerQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The triggers of one member.
///
/// Runs what [EffectsCore] and [TriggerQueue] decide, on a loop of its own; actions run on virtual
/// threads. What it keeps is bounded: 10,000 events that wait for the loop (more are refused and
/// counted in the log), 100 firings per trigger, 200 runs that ended.
///
/// Public methods are safe on any thread and do not block, but for [#close].
public final class Triggers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Triggers.class);
  private static final String PREFIX = "supervision/effects/";
  private static final String ENTRIES = PREFIX + "e/";
  private static final String FLOOR = PREFIX + "floor";
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int EVENTS_MAX = 10_000;
  private static final int SEEN_MAX = 5_000;

  /// The least that a claim may take before it counts as stuck, on top of the trigger's own time.
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Registry registry;
  private final Surroundings here;
  private final TimeSource time;
  private final ControlLoop loop = new ControlLoop("triggers");
  private final Mailbox<Occurrence> events;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("trigger-", 0).factory());
  private final EffectsCore effects;
  private final RunHistory history = new RunHistory();

  // Of the loop.
  private final Map<String, Map<String, Live>> byCluster = new LinkedHashMap<>();
  private final Set<String> seen = new LinkedHashSet<>();
  private @Nullable AutoCloseable watch;
  private Timers.@Nullable Timer look;

  // Published by the loop.
  private volatile List<TriggerView> views = List.of();
  private volatile List<Effect> recorded = List.of();

  private volatile boolean stopping;

  /// A trigger with what waits and runs of it.
  private static final class Live {
    final String cluster;
    final TriggerSettings settings;
    final Runner runner;
    final TriggerQueue<Pending> queue;
    long fired;
    long done;
    long failed;
    boolean retired;
    boolean waking;

    Live(String cluster, TriggerSettings settings, Runner runner) {
      this.cluster = cluster;
      this.settings = settings;
      this.runner = runner;
      long throttle = settings.throttle().toNanos();
      queue =
          new TriggerQueue<>(
              switch (settings.queue()) {
                case SERIAL -> TriggerQueue.Rules.serial(throttle);
                case LATEST -> TriggerQueue.Rules.latest(throttle);
                case PARALLEL -> TriggerQueue.Rules.parallel(throttle);
              });
    }
  }

  /// A firing that waits or runs.
  ///
  /// @param key of its effect; null where it has none
  /// @param attempt 1, or more where it was taken over
  private record Pending(Occurrence event, @Nullable String key, int attempt, Instant since) {}

  /// @param random makes the life of this process known from others
  public Triggers(Registry registry, Surroundings here, TimeSource time, RandomGenerator random) {
    this.registry = registry;
    this.here = here;
    this.time = time;
    this.events = new Mailbox<>("triggers", EVENTS_MAX, loop, this::happened);
    this.effects = new EffectsCore(here.member(), Long.toHexString(random.nextLong()));
  }

  /// Begins to look after effects: what others left, and what this member left in a former life.
  /// Once.
  public void start() {
    loop.execute(
        () -> {
          watch = registry.watch(PREFIX, changes -> loop.execute(() -> changed(changes)));
          List<Registry.Change> there = new ArrayList<>();
          registry
              .held(PREFIX)
              .forEach(
                  (key, held) -> there.add(new Registry.Change(key, held.value(), held.index())));
          changed(there);
          look = loop.every(LOOK, this::look);
          look();
        });
  }

  /// Takes other triggers. Those that say the same go on as they are; what waits for one that is
  /// gone is passed over, what runs of it runs to its end.
  ///
  /// @param clusters names of clusters with their triggers, whose ids are distinct in each
  public void configure(Map<String, List<TriggerSettings>> clusters) {
    Map<String, List<TriggerSettings>> wanted = new LinkedHashMap<>();
    clusters.forEach((name, all) -> wanted.put(name, List.copyOf(all)));
    loop.execute(() -> reconfigured(wanted));
  }

  /// An event has happened. Each is told once to each member; a repetition by the same id is
  /// ignored. Events that the log made are told in its order.
  public void fired(Occurrence event) {
    if (!events.offer(event)) {
      log.warn("trigger_event_refused event={} refused={}", event.event().text(), events.refused());
    }
  }

  /// The last runs, the newest first: all of this member, and those that others recorded.
  ///
  /// @param limit from 1
  public List<RunView> runs(int limit) {
    List<RunView> all = new ArrayList<>(history.all());
    Set<String> own = new LinkedHashSet<>();
    for (RunView r : all) own.add(identity(r));
    for (Effect e : recorded) {
      RunView r = view(e);
      if (own.add(identity(r))) all.add(r);
    }
    all.sort(Comparator.comparing(RunView::started).reversed());
    return List.copyOf(all.subList(0, Math.min(limit, all.size())));
  }

  private static String identity(RunView r) {
    return r.cluster()
        + "/"
        + r.trigger()
        + "/"
        + r.eventId()
        + "/"
        + r.member()
        + "/"
        + r.attempt();
  }

  /// All triggers of this member, as of a moment ago.
  public List<TriggerView> triggers() {
    return views;
  }

  // --- on the loop

  private void reconfigured(Map<String, List<TriggerSettings>> wanted) {
    List<Live> gone = new ArrayList<>();
    byCluster.values().forEach(all -> gone.addAll(all.values()));
    Map<String, Map<String, Live>> next = new LinkedHashMap<>();
    wanted.forEach(
        (cluster, all) -> {
          Map<String, Live> lives = new LinkedHashMap<>();
          for (TriggerSettings s : all) {
            Live old = byCluster.getOrDefault(cluster, Map.of()).get(s.id());
            if (old != null && old.settings.equals(s)) {
              gone.remove(old);
              lives.put(s.id(), old);
            } else {
              lives.put(s.id(), new Live(cluster, s, new Runner(cluster, s, here, threads)));
            }
          }
          next.put(cluster, lives);
        });
    byCluster.clear();
    byCluster.putAll(next);
    gone.forEach(this::retire);
    publishViews();
  }

  private void retire(Live live) {
    live.retired = true;
    for (Pending p : live.queue.clear()) over(live, p, "the trigger was taken out");
    if (live.queue.running() == 0) live.runner.close();
  }

  private void happened(Occurrence o) {
    if (!seen.add(o.id())) return;
    if (seen.size() > SEEN_MAX) {
      Iterator<String> oldest = seen.iterator();
      oldest.next();
      oldest.remove();
    }
    look();
    byCluster.forEach(
        (cluster, lives) -> {
          // What happens to the members themselves concerns the triggers of all clusters.
          if (!o.cluster().isEmpty() && !o.cluster().equals(cluster)) return;
          for (Live live : lives.values()) {
            if (live.settings.on() != o.event()) continue;
            if (o.retold() && live.settings.run() == TriggerSettings.Run.LEADER) continue;
            fire(live, o);
          }
        });
    publishViews();
  }

  private void fire(Live live, Occurrence o) {
    live.fired++;
    switch (live.settings.run()) {
      case EVERY -> offer(live, new Pending(o, null, 1, time.now()));
      case LOCAL -> {
        if (o.event().shared() && !o.origin().equals(here.member())) return;
        offer(live, new Pending(o, null, 1, time.now()));
      }
      case LEADER -> {
        TriggerSettings s = live.settings;
        long allowance = s.longest().plus(s.throttle()).multipliedBy(2).plus(PATIENCE).toMillis();
        Wish wish =
            new Wish(
                o.index(), o.id(), live.cluster, s.id(), s.redeliver(), allowance, o.document());
        perform(effects.wished(wish, time.nanos(), millis()));
      }
    }
  }

  private void offer(Live live, Pending p) {
    live.queue
        .fired(p)
        .ifPresent(
            skipped ->
                over(live, skipped, skipped == p ? "too many waited" : "a newer firing waits"));
    pump(live);
  }

  /// A firing that never ran.
  private void over(Live live, Pending p, String why) {
    history.ended(p, view(live, p, Optional.of(time.now()), "passed_over", why, List.of()));
    if (p.key != null) settle(p, new End(State.PASSED_OVER, why, List.of(), ""));
  }

  private void settle(Pending p, End end) {
    if (p.key != null) perform(effects.ended(p.key, p.attempt, end, time.nanos(), millis()));
  }

  private void pump(Live live) {
    if (live.retired || stopping) return;
    while (true) {
      Optional<Pending> next = live.queue.next(time.nanos());
      if (next.isEmpty()) break;
      begin(live, next.get());
    }
    OptionalLong wake = live.queue.wakeAt(time.nanos());
    if (wake.isEmpty() || live.waking) return;
    live.waking = true;
    loop.after(
        Duration.ofNanos(Math.max(1, wake.getAsLong() - time.nanos())),
        () -> {
          live.waking = false;
          pump(live);
          publishViews();
        });
  }

  private void begin(Live live, Pending p) {
    Pending started = new Pending(p.event, p.key, p.attempt, time.now());
    Surroundings.Standing standing = here.standing();
    Firing firing =
        new Firing(
            p.event.id(),
            p.event.event().text(),
            live.cluster,
            p.event.addr(),
            Variables.of(
                p.event,
                live.cluster,
                live.settings,
                here.member(),
                standing.leader(),
                here.configFile(),
                p.attempt),
            p.event.document(),
            p.attempt,
            live.settings.timeout());
    history.began(started, view(live, started, Optional.empty(), "running", "", List.of()));
    log.info(
        "trigger_started cluster={} trigger={} event={} id={}",
        live.cluster,
        live.settings.id(),
        p.event.event().text(),
        p.event.id());
    threads.execute(
        () -> {
          List<ActionView> actions;
          String trouble = "";
          try {
            actions = live.runner.run(firing);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            actions = List.of();
            trouble = "the member stopped meanwhile";
          } catch (RuntimeException e) {
            // Actions that are interrupted before this thread is end in many ways.
            if (!stopping) {
              log.error("trigger_broken trigger={}/{}", live.cluster, live.settings.id(), e);
            }
            actions = List.of();
            trouble = String.valueOf(e.getMessage());
          }
          List<ActionView> all = actions;
          String why = trouble;
          loop.execute(() -> ended(live, started, all, why));
        });
  }

  private void ended(Live live, Pending p, List<ActionView> actions, String trouble) {
    List<String> wrong = new ArrayList<>();
    if (!trouble.isEmpty()) wrong.add(trouble);
    for (ActionView a : actions) if (!a.done()) wrong.add(a.type() + ": " + a.message());
    boolean done = wrong.isEmpty();
    String message = String.join("; ", wrong);
    // What a stop has cut off stays claimed: whether it is run again is for others to decide.
    if (stopping && !done) return;
    if (done) live.done++;
    else live.failed++;
    history.ended(
        p, view(live, p, Optional.of(time.now()), done ? "done" : "failed", message, actions));
    if (done) log.info("trigger_done cluster={} trigger={}", live.cluster, live.settings.id());
    else {
      log.warn(
          "trigger_failed cluster={} trigger={} id={} reason=\"{}\"",
          live.cluster,
          live.settings.id(),
          p.event.id(),
          message);
    }
    List<Integer> codes = actions.stream().flatMap(a -> a.exitCodes().stream()).toList();
    StringBuilder output = new StringBuilder();
    actions.forEach(a -> output.append(a.output()));
    settle(p, new End(done ? State.DONE : State.FAILED, message, codes, output.toString()));
    live.queue.ended();
    if (live.retired && live.queue.running() == 0) live.runner.close();
    pump(live);
    publishViews();
  }

  // --- effects

  private void look() {
    Surroundings.Standing s = here.standing();
    perform(effects.standing(s.leads(), s.present(), time.nanos(), millis()));
  }

  private void changed(List<Registry.Change> changes) {
    List<Act> acts = new ArrayList<>();
    for (Registry.Change c : changes) {
      if (c.key().equals(FLOOR)) effects.floor(c.value());
      if (!c.key().startsWith(ENTRIES)) continue;
      String key = c.key().substring(ENTRIES.length());
      try {
        acts.addAll(effects.changed(key, c.value(), time.nanos(), millis()));
      } catch (IllegalArgumentException e) {
        log.warn("effect_unreadable key={} reason=\"{}\"", c.key(), e.getMessage());
      }
    }
    recorded = effects.effects();
    perform(acts);
  }

  private void perform(List<Act> acts) {
    for (Act act : acts) {
      switch (act) {
        case Act.Run run -> run(run);
        case Act.Set set -> {
          String key = ENTRIES + set.key();
          RegistryBatch batch = new RegistryBatch().onlyIfStill(key, set.read());
          if (set.floorToo()) batch.onlyIfStill(FLOOR, set.floorRead());
          ask(set.key(), batch.put(key, set.value()));
        }
        case Act.Prune prune -> {
          RegistryBatch batch = new RegistryBatch().onlyIfStill(FLOOR, prune.floorRead());
          batch.put(FLOOR, prune.floor());
          for (String key : prune.keys()) batch.remove(ENTRIES + key);
          ask(EffectsCore.PRUNE, batch);
        }
      }
    }
  }

  private void ask(String key, RegistryBatch batch) {
    registry
        .decide(batch)
        .whenComplete(
            (_, failure) -> {
              if (failure != null) log.debug("effect_unconfirmed key={}", key, failure);
              loop.execute(() -> effects.answered(key, time.nanos()));
            });
  }

  private void run(Act.Run run) {
    Effect e = run.effect();
    Wish w = e.wish();
    Live live = byCluster.getOrDefault(w.cluster(), Map.of()).get(w.trigger());
    if (live == null) {
      End end = new End(State.FAILED, "this member has no such trigger", List.of(), "");
      perform(effects.ended(run.key(), e.attempt(), end, time.nanos(), millis()));
      return;
    }
    try {
      Occurrence event = Occurrence.read(w.document());
      offer(live, new Pending(event, run.key(), e.attempt(), time.now()));
    } catch (IllegalArgumentException x) {
      End end = new End(State.FAILED, String.valueOf(x.getMessage()), List.of(), "");
      perform(effects.ended(run.key(), e.attempt(), end, time.nanos(), millis()));
    }
    publishViews();
  }

  private long millis() {
    return time.now().toEpochMilli();
  }

  // --- views

  private RunView view(
      Live live,
      Pending p,
      Optional<Instant> ended,
      String outcome,
      String message,
      List<ActionView> actions) {
    return new RunView(
        live.cluster,
        live.settings.id(),
        p.event.event().text(),
        p.event.id(),
        p.event.addr(),
        word(live.settings.run()),
        here.member(),
        p.attempt,
        p.since,
        ended,
        outcome,
        message,
        actions);
  }

  private RunView view(Effect e) {
    Wish w = e.wish();
    String event = "";
    String node = "";
    try {
      Occurrence o = Occurrence.read(w.document());
      event = o.event().text();
      node = o.addr();
    } catch (IllegalArgumentException x) {
      // Left out of what has ended.
      for (TriggerView t : views) {
        if (t.cluster().equals(w.cluster()) && t.id().equals(w.trigger())) event = t.on();
      }
    }
    String outcome =
        e.state() == State.STARTED ? "running" : e.state().name().toLowerCase(Locale.ROOT);
    List<ActionView> actions =
        e.exitCodes().isEmpty() && e.output().isEmpty()
            ? List.of()
            : List.of(
                new ActionView(
                    "all", e.state() == State.DONE, e.message(), 1, e.exitCodes(), e.output()));
    return new RunView(
        w.cluster(),
        w.trigger(),
        event,
        w.eventId(),
        node,
        word(Run.LEADER),
        e.member(),
        e.attempt(),
        Instant.ofEpochMilli(e.startedMillis()),
        e.endedMillis() == 0
            ? Optional.empty()
            : Optional.of(Instant.ofEpochMilli(e.endedMillis())),
        outcome,
        e.message(),
        actions);
  }

  private static String word(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }

  private void publishViews() {
    List<TriggerView> all = new ArrayList<>();
    byCluster.forEach(
        (cluster, lives) -> {
          for (Live l : lives.values()) {
            TriggerSettings s = l.settings;
            all.add(
                new TriggerView(
                    cluster,
                    s.id(),
                    s.on().text(),
                    word(s.run()),
                    word(s.queue()),
                    s.redeliver(),
                    s.actions().stream().map(ActionPlan::type).toList(),
                    l.queue.waiting(),
                    l.queue.running(),
                    l.fired,
                    l.done,
                    l.failed,
                    l.queue.passedOver()));
          }
        });
    views = List.copyOf(all);
  }

  /// Ends what runs, with all its processes, and waits for that, ten seconds at most. What it has
  /// claimed and not ended stays claimed: others find that it has gone.
  @Override
  public void close() {
    stopping = true;
    loop.execute(
        () -> {
          if (look != null) look.cancel();
          try {
            if (watch != null) watch.close();
          } catch (Exception e) {
            log.warn("registry_watch_left", e);
          }
        });
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) log.warn("trigger_runs_left");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loop.execute(() -> new HashMap<>(byCluster).values().forEach(this::closeAll));
    loop.close();
  }

  private void closeAll(Map<String, Live> lives) {
    for (Live l : lives.values()) l.runner.close();
  }
}
