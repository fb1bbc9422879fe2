package io.muster.supervision.core;

import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.PoolSettings.Damping;
import io.muster.supervision.config.PoolSettings.VoteRules;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Makes verdicts of opinions, on the member that leads the registry.
///
/// The electorate are the voters of the registry. An opinion is fresh while its member was heard
/// within the cluster's lifetime of opinions: heard by the judge, on the judge's clock, so that no
/// clocks are compared. Of `N` voters, `critical` needs `down` critical ones among the fresh, well
/// needs `up` that are passing or warning, both more than half of `N` where nothing else is said;
/// with neither the last verdict stands, is marked contested, and after a while stale.
///
/// A target that changes too often is damped: it goes down at once, and comes back only after a
/// hold that doubles each time.
///
/// Times are nanoseconds of a monotonic clock, differences count. Confined to one thread.
public final class Judge {
  /// For how long no side may have enough votes before that is worth a word: opinions of one change
  /// come one after the other.
  private static final long CONTESTED_NANOS = Duration.ofSeconds(1).toNanos();

  /// What counts for a cluster.
  ///
  /// @param lifetime of what a member said, without being heard again
  public record Rules(VoteRules votes, Damping damping, Duration lifetime) {
    public static final Rules USUAL =
        new Rules(VoteRules.MAJORITY, Damping.USUAL, Duration.ofSeconds(5));
  }

  /// A verdict that differs from the one before.
  public record Change(TargetId target, Verdict before, Verdict after) {
    /// Whether the health itself changed.
    public boolean transition() {
      return before.health() != after.health();
    }
  }

  private static final class Case {
    final Map<String, Held> opinions = new HashMap<>();
    Verdict verdict = Verdict.NONE;

    /// Since when no side has enough votes; only while `open`.
    long openSince;
    boolean open;

    /// When the target changed, the newest last; as many as damping asks about.
    final Deque<Long> transitions = new ArrayDeque<>();
    int holds;
    long holdUntil;
    boolean holding;
  }

  private final Map<TargetId, Case> cases = new HashMap<>();
  private final Map<String, Rules> rules = new HashMap<>();
  private final Set<TargetId> dirty = new LinkedHashSet<>();

  /// Those that are to be looked at again although nothing was said: time passes for them.
  private final Set<TargetId> waiting = new HashSet<>();

  private final Map<String, Long> heard = new HashMap<>();
  private Set<String> electorate = Set.of();

  /// Whose word counts, for each lifetime that some cluster has.
  private final Map<Duration, Set<String>> fresh = new HashMap<>();

  // --- what it is told

  /// @param members ids of the registry's voters
  public void electorate(Collection<String> members) {
    Set<String> now = Set.copyOf(members);
    if (now.equals(electorate)) return;
    electorate = now;
    dirty.addAll(cases.keySet());
  }

  public void rules(String cluster, Rules now) {
    if (now.equals(rules.put(cluster, now))) return;
    for (TargetId id : cases.keySet()) if (id.cluster().equals(cluster)) dirty.add(id);
  }

  /// A member is alive and stands by what it said.
  public void heard(String member, long nowNanos) {
    heard.put(member, nowNanos);
  }

  /// A target is there, with its verdict.
  public void target(TargetId id, Verdict verdict) {
    Case c = cases.computeIfAbsent(id, _ -> new Case());
    c.verdict = verdict;
    dirty.add(id);
  }

  public void gone(TargetId id) {
    cases.remove(id);
    dirty.remove(id);
    waiting.remove(id);
  }

  /// @param held null when the member says nothing any more
  public void opinion(TargetId id, String member, @Nullable Held held) {
    Case c = cases.get(id);
    if (c == null) return;
    if (held == null) c.opinions.remove(member);
    else c.opinions.put(member, held);
    dirty.add(id);
  }

  /// Forgets all: another one judges.
  public void clear() {
    cases.clear();
    dirty.clear();
    waiting.clear();
    heard.clear();
    fresh.clear();
  }

  // --- what it says

  /// Everything that changed since it was asked last. What is answered is taken for granted: should
  /// it not be written, [#target] says what is there instead.
  ///
  /// @param nowMillis wall clock, for people
  /// @param max as many as fit one entry; the rest comes next time
  public List<Change> judge(long nowNanos, long nowMillis, long term, int max) {
    refresh(nowNanos);
    dirty.addAll(waiting);
    List<Change> changes = new ArrayList<>();
    for (TargetId id : List.copyOf(dirty)) {
      if (changes.size() >= max) break;
      dirty.remove(id);
      Case c = cases.get(id);
      if (c == null) continue;
      Verdict after = decide(id, c, nowNanos, nowMillis, term);
      if (after.equals(c.verdict)) continue;
      changes.add(new Change(id, c.verdict, after));
      c.verdict = after;
    }
    return changes;
  }

  /// Whether something waits for more room, or for time to pass.
  public boolean unfinished() {
    return !dirty.isEmpty() || !waiting.isEmpty();
  }

  /// Whose word counts now; where that changed, everything is looked at again.
  private void refresh(long nowNanos) {
    Set<Duration> changed = new HashSet<>();
    Set<Duration> lifetimes = new HashSet<>(Set.of(Rules.USUAL.lifetime));
    for (Rules r : rules.values()) lifetimes.add(r.lifetime);
    for (Duration lifetime : lifetimes) {
      Set<String> now = new HashSet<>();
      heard.forEach(
          (member, at) -> {
            if (nowNanos - at <= lifetime.toNanos()) now.add(member);
          });
      if (!now.equals(fresh.put(lifetime, now))) changed.add(lifetime);
    }
    fresh.keySet().retainAll(lifetimes);
    if (changed.isEmpty()) return;
    for (TargetId id : cases.keySet()) {
      if (changed.contains(rules(id.cluster()).lifetime)) dirty.add(id);
    }
  }

  private Verdict decide(TargetId id, Case c, long nowNanos, long nowMillis, long term) {
    Rules r = rules(id.cluster());
    Set<String> heardOf = fresh.getOrDefault(r.lifetime, Set.of());
    Map<String, Health> ballot = new TreeMap<>();
    Set<String> errors = new LinkedHashSet<>();
    Set<String> warnings = new LinkedHashSet<>();
    int criticals = 0;
    int passing = 0;
    int warning = 0;
    for (Map.Entry<String, Held> e : new TreeMap<>(c.opinions).entrySet()) {
      Held held = e.getValue();
      boolean counts =
          electorate.contains(e.getKey())
              && heardOf.contains(e.getKey())
              && held.health() != Health.UNKNOWN;
      if (!counts) continue;
      ballot.put(held.by(), held.health());
      switch (held.health()) {
        case CRITICAL -> criticals++;
        case WARNING -> warning++;
        case PASSING -> passing++;
        case UNKNOWN -> {}
      }
      errors.addAll(held.errors());
      warnings.addAll(held.warnings());
    }
    Health decided = decided(r.votes, criticals, passing, warning);
    if (decided == Health.UNKNOWN) return contested(id, c, r, ballot, nowNanos, term);
    c.open = false;
    boolean damped = damped(id, c, r.damping, decided, nowNanos);
    Verdict before = c.verdict;
    Health health = damped ? before.health() : decided;
    boolean same = health == before.health();
    if (!same) transition(c, r.damping, nowNanos);
    // Those who were outvoted are heard in their opinions, not in the verdict.
    List<String> why = health == Health.CRITICAL ? List.copyOf(errors) : List.of();
    List<String> notes = health == Health.WARNING ? List.copyOf(warnings) : List.of();
    if (damped) why = before.errors();
    boolean silent =
        same
            && damped == before.damped()
            && !before.contested()
            && !before.stale()
            && why.equals(before.errors())
            && notes.equals(before.warnings());
    if (silent) {
      if (!damped) waiting.remove(id);
      return before;
    }
    if (!damped) waiting.remove(id);
    return new Verdict(
        health,
        same ? before.sinceMillis() : nowMillis,
        term,
        ballot,
        false,
        false,
        damped,
        why,
        notes);
  }

  private Health decided(VoteRules v, int criticals, int passing, int warning) {
    int well = passing + warning;
    int voters = v.fresh() ? criticals + well : electorate.size();
    if (v.fresh() && voters < Math.max(1, v.min())) return Health.UNKNOWN;
    int most = voters / 2 + 1;
    if (criticals >= (v.down() > 0 ? v.down() : most)) return Health.CRITICAL;
    if (well >= (v.up() > 0 ? v.up() : most)) {
      return warning >= passing ? Health.WARNING : Health.PASSING;
    }
    return Health.UNKNOWN;
  }

  private Verdict contested(
      TargetId id, Case c, Rules r, Map<String, Health> ballot, long nowNanos, long term) {
    Verdict before = c.verdict;
    if (!c.open) {
      c.open = true;
      c.openSince = nowNanos;
    }
    long open = nowNanos - c.openSince;
    waiting.add(id);
    // Nobody has decided anything yet: there is nothing to contest.
    if (before.health() == Health.UNKNOWN) {
      waiting.remove(id);
      return before;
    }
    boolean contested = before.contested() || open >= CONTESTED_NANOS;
    boolean stale = before.stale() || open >= r.votes.staleAfter().toNanos();
    if (stale) waiting.remove(id);
    if (contested == before.contested() && stale == before.stale()) return before;
    return new Verdict(
        before.health(),
        before.sinceMillis(),
        term,
        ballot,
        contested,
        stale,
        before.damped(),
        before.errors(),
        before.warnings());
  }

  // --- those that come and go

  /// Whether a target that is well again is kept down.
  private boolean damped(TargetId id, Case c, Damping d, Health decided, long nowNanos) {
    boolean up = decided != Health.CRITICAL;
    boolean wasDown = c.verdict.health() == Health.CRITICAL;
    if (!up || !wasDown) return false;
    if (c.holding) {
      if (nowNanos - c.holdUntil < 0) {
        waiting.add(id);
        return true;
      }
      c.holding = false;
      return false;
    }
    while (!c.transitions.isEmpty()
        && nowNanos - c.transitions.peekFirst() > d.window().toNanos()) {
      c.transitions.pollFirst();
    }
    if (d.transitions() == 0 || c.transitions.size() < d.transitions()) {
      if (c.transitions.isEmpty()) c.holds = 0;
      return false;
    }
    long hold = d.hold().toNanos();
    for (int i = 0; i < c.holds && hold < d.holdMax().toNanos(); i++) hold *= 2;
    c.holds++;
    c.holding = true;
    c.holdUntil = nowNanos + Math.min(hold, d.holdMax().toNanos());
    waiting.add(id);
    return true;
  }

  private static void transition(Case c, Damping d, long nowNanos) {
    if (d.transitions() == 0 || c.verdict.health() == Health.UNKNOWN) return;
    c.transitions.addLast(nowNanos);
    while (c.transitions.size() > d.transitions()) c.transitions.pollFirst();
  }

  /// The rules that hold for a cluster.
  public Rules rules(String cluster) {
    return rules.getOrDefault(cluster, Rules.USUAL);
  }
}
