package io.muster.sim;

import io.muster.spi.store.JsonValue;
import io.muster.supervision.trigger.core.Effect;
import io.muster.supervision.trigger.core.Effect.State;
import io.muster.supervision.trigger.core.Effect.Wish;
import io.muster.supervision.trigger.core.EffectsCore;
import io.muster.supervision.trigger.core.EffectsCore.Act;
import io.muster.supervision.trigger.core.EffectsCore.End;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one member does for all ([EffectsCore]) on members that die, stall and fall behind, over a
/// model of the registry: one log, which each member applies some time later, proposals that are
/// lost before it or after it, or enter it twice.
///
/// An event is told to every member that is here, at its place in the log. A member that starts
/// takes the state in as a whole and has not seen the events before.
public final class EffectsSimulation {
  private static final long MS = 1_000_000L;

  private record Due(long at, long order, Runnable run) {}

  /// An entry of the log: an event, or a change of keys on conditions.
  private sealed interface Entry {
    record Event(List<Wish> wishes) implements Entry {}

    record Write(Act act) implements Entry {}
  }

  /// The registry's keys as of some place in the log.
  private static final class Keys {
    final TreeMap<String, byte[]> effects = new TreeMap<>();
    byte @Nullable [] floor;

    /// @return the keys that changed; null stands for the floor
    List<@Nullable String> apply(Act act) {
      List<@Nullable String> changed = new ArrayList<>();
      switch (act) {
        case Act.Set set -> {
          if (!Arrays.equals(set.read(), effects.get(set.key()))) return changed;
          if (set.floorToo() && !Arrays.equals(set.floorRead(), floor)) return changed;
          effects.put(set.key(), set.value());
          changed.add(set.key());
        }
        case Act.Prune prune -> {
          if (!Arrays.equals(prune.floorRead(), floor)) return changed;
          floor = prune.floor();
          changed.add(null);
          for (String key : prune.keys()) {
            if (effects.remove(key) != null) changed.add(key);
          }
        }
        case Act.Run _ -> {}
      }
      return changed;
    }
  }

  /// What has become of a wish.
  private static final class Fate {
    final Wish wish;
    final Set<String> witnesses = new HashSet<>();
    int runs;
    boolean claimed;

    Fate(Wish wish) {
      this.wish = wish;
    }
  }

  private final class Node {
    final String name;
    int life;
    boolean dead;
    long stalledUntil;
    EffectsCore core;
    Keys keys = new Keys();
    int applied;

    Node(String name) {
      this.name = name;
      core = new EffectsCore(name, "0");
    }

    String identity() {
      return name + "#" + life;
    }

    /// Runs something of this life, once the member is not stalled any more.
    void soon(long delay, Runnable task) {
      int of = life;
      after(
          delay,
          () -> {
            if (dead || life != of) return;
            if (now < stalledUntil) soon(stalledUntil - now, task);
            else task.run();
          });
    }

    void tick() {
      boolean leads = leader == this && !majorityLost;
      perform(core.standing(leads, present(), now, now / MS));
      soon(250 * MS, this::tick);
    }

    void follow() {
      // Several entries at a time, now and then none.
      int n = random.nextInt(60);
      while (n-- > 0 && applied < log.size()) apply(log.get(applied++));
      soon(1 + random.nextLong(lag * MS), this::follow);
    }

    void apply(Entry entry) {
      switch (entry) {
        case Entry.Event e -> {
          for (Wish w : e.wishes) {
            fate(w).witnesses.add(identity());
            perform(core.wished(w, now, now / MS));
          }
        }
        case Entry.Write w -> {
          for (String key : keys.apply(w.act)) {
            if (key == null) core.floor(keys.floor);
            else perform(core.changed(key, keys.effects.get(key), now, now / MS));
          }
        }
      }
    }

    void perform(List<Act> acts) {
      for (Act act : acts) {
        switch (act) {
          case Act.Run run -> begin(run);
          case Act.Set set -> propose(set, set.key());
          case Act.Prune prune -> propose(prune, EffectsCore.PRUNE);
        }
      }
    }

    void propose(Act act, String key) {
      int fortune = random.nextInt(100);
      boolean lost = fortune < trouble;
      if (!lost) {
        after(
            1 + random.nextLong(20 * MS),
            () -> {
              if (!majorityLost) log.add(new Entry.Write(act));
            });
      }
      // What is retried below enters the log again, perhaps much later.
      if (fortune >= 100 - trouble) {
        after(random.nextLong(60_000 * MS), () -> log.add(new Entry.Write(act)));
      }
      boolean silent = random.nextInt(100) < trouble;
      if (!silent) soon(1 + random.nextLong(60 * MS), () -> core.answered(key, now));
    }

    void begin(Act.Run run) {
      Fate fate = fate(run.effect().wish());
      fate.runs++;
      if (!run.effect().wish().redeliver() && fate.runs > 1) {
        throw new IllegalStateException("ran " + fate.runs + " times: " + run.key());
      }
      int attempt = run.effect().attempt();
      soon(
          random.nextLong(3_000 * MS),
          () -> {
            State state = random.nextInt(4) == 0 ? State.FAILED : State.DONE;
            End end = new End(state, "", List.of(), "");
            perform(core.ended(run.key(), attempt, end, now, now / MS));
          });
    }

    void start() {
      dead = false;
      life++;
      core = new EffectsCore(name, Integer.toString(life));
      keys = new Keys();
      // The whole state, from a snapshot and the log after it; of the events there only their
      // effects are left.
      for (applied = 0; applied < log.size(); applied++) {
        if (log.get(applied) instanceof Entry.Write w) keys.apply(w.act);
      }
      core.floor(keys.floor);
      keys.effects.forEach((key, v) -> perform(core.changed(key, v, now, now / MS)));
      tick();
      follow();
    }
  }

  private final Random random;
  private final PriorityQueue<Due> queue =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final List<Node> nodes = new ArrayList<>();
  private final List<Entry> log = new ArrayList<>();
  private final Map<String, Fate> fates = new LinkedHashMap<>();
  private @Nullable Node leader;
  private boolean majorityLost;
  private int trouble;
  private long lag = 200;
  private long now = 1;
  private long order;

  public EffectsSimulation(long seed, int members) {
    random = new Random(seed);
    for (int i = 0; i < members; i++) {
      Node n = new Node("m" + i);
      nodes.add(n);
      n.soon(1 + random.nextLong(100 * MS), n::tick);
      n.soon(1, n::follow);
    }
    leader = nodes.getFirst();
  }

  private void after(long delay, Runnable run) {
    queue.add(new Due(now + Math.max(1, delay), order++, run));
  }

  private Fate fate(Wish w) {
    return fates.computeIfAbsent(w.key(), _ -> new Fate(w));
  }

  private Set<String> present() {
    Set<String> all = new HashSet<>();
    for (Node n : nodes) if (!n.dead) all.add(n.name);
    return all;
  }

  private void pass(long nanos) {
    long end = now + nanos;
    while (!queue.isEmpty() && queue.peek().at <= end) {
      Due d = queue.remove();
      now = Math.max(now, d.at);
      d.run.run();
    }
    now = end;
  }

  /// Events happen while everything goes wrong, for so many rounds; then all is well again.
  ///
  /// @param events in each round at most
  /// @throws IllegalStateException when a promise was broken
  public void run(int rounds, int events) {
    trouble = random.nextInt(30);
    lag = 20 + random.nextLong(400);
    for (int i = 0; i < rounds; i++) {
      for (int n = random.nextInt(events + 1); n > 0; n--) happen();
      disturb();
      pass(random.nextLong(4_000 * MS));
    }
    heal();
    pass(70_000 * MS);
    judge();
  }

  private void happen() {
    if (majorityLost) return;
    long index = log.size() + 1L;
    List<Wish> wishes = new ArrayList<>();
    for (int n = 1 + random.nextInt(2); n > 0; n--) {
      wishes.add(
          new Wish(index, "e" + index, "c", "t" + n, random.nextBoolean(), 20_000, JsonValue.NULL));
    }
    log.add(new Entry.Event(wishes));
    pass(random.nextLong(50 * MS));
  }

  private void disturb() {
    Node n = nodes.get(random.nextInt(nodes.size()));
    switch (random.nextInt(6)) {
      case 0 -> {
        // One at a time: of three members two are always here.
        if (!n.dead && nodes.stream().noneMatch(m -> m.dead)) {
          n.dead = true;
          if (leader == n) leader = null;
        }
      }
      case 1 -> revive();
      case 2 -> n.stalledUntil = now + random.nextLong(15_000 * MS);
      case 3 -> leader = n.dead ? null : n;
      case 4 -> majorityLost = random.nextBoolean();
      default -> {
        if (!n.dead && nodes.stream().noneMatch(m -> m.dead)) n.start();
      }
    }
    if (leader == null) {
      for (Node m : nodes) if (!m.dead && random.nextBoolean()) leader = m;
    }
  }

  private void revive() {
    for (Node n : nodes) if (n.dead) n.start();
  }

  private void heal() {
    trouble = 0;
    lag = 200;
    majorityLost = false;
    for (Node n : nodes) n.stalledUntil = 0;
    revive();
    if (leader == null) leader = nodes.getFirst();
  }

  private void judge() {
    for (Node n : nodes) {
      if (n.core.waiting() > 0) {
        throw new IllegalStateException(n.name + " still waits for " + n.core.waiting());
      }
      for (Effect e : n.core.effects()) {
        if (e.state() == State.STARTED) throw new IllegalStateException("still pending: " + e);
      }
      if (n.applied < log.size()) throw new IllegalStateException(n.name + " has not caught up");
      if (n.core.effects().size() > EffectsCore.HISTORY + 60) {
        throw new IllegalStateException("a history of " + n.core.effects().size());
      }
    }
    Keys keys = new Keys();
    for (Entry e : log) {
      if (!(e instanceof Entry.Write w)) continue;
      for (String key : keys.apply(w.act)) {
        Fate fate = key == null ? null : fates.get(key);
        if (fate != null) fate.claimed = true;
      }
    }
    for (Fate f : fates.values()) {
      boolean remembered =
          f.claimed || nodes.stream().anyMatch(n -> f.witnesses.contains(n.identity()));
      if (f.wish.redeliver()
          && remembered
          && f.runs < 1
          && attempts(f) < EffectsCore.ATTEMPTS_MAX) {
        throw new IllegalStateException("never ran: " + f.wish.key());
      }
    }
  }

  /// How often it was claimed, where that is known still; a claim whose member died before it saw
  /// it is no run.
  private int attempts(Fate f) {
    for (Effect e : nodes.getFirst().core.effects()) {
      if (e.wish().key().equals(f.wish.key())) return e.attempt();
    }
    return 0;
  }

  /// Wishes, and how often they ran in all.
  public int[] totals() {
    return new int[] {fates.size(), fates.values().stream().mapToInt(f -> f.runs).sum()};
  }

  /// Wishes that may run again, and did.
  public long again() {
    return fates.values().stream().filter(f -> f.runs > 1).count();
  }
}
