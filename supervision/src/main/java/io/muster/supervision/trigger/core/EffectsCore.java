package io.muster.supervision.trigger.core;

import io.muster.supervision.trigger.core.Effect.State;
import io.muster.supervision.trigger.core.Effect.Wish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Sees to it that what shall be done once for the whole cluster is: one member's part.
///
/// Every member sees every event, and remembers what is to be done about it (a *wish*) until the
/// registry says that somebody does it. So a leader that dies between event and deed is followed by
/// one that knows what is left.
///
/// 1. The leader *claims* a wish: an entry of the registry, if there is none yet. Another member
///    claims what no leader has taken for [#ORPHAN_NANOS]: leaders know only what happened in their
///    own life.
/// 2. Who sees its own claim in the log runs it, once. That alone starts a run: whether the answer
///    to the claim came, was lost, or came twice makes no difference.
/// 3. When the run has ended, the entry is *settled* with its end, if it is still this claim.
/// 4. The leader looks for claims whose member is gone, or has been running far beyond its
///    allowance; a member looks for those of its own former life. With `redeliver` it claims them
///    itself, otherwise it settles them as unknown. An end that comes after that is still entered.
/// 5. The leader removes the oldest settled entries beyond [#HISTORY] and raises the *floor* up to
///    which everything is settled. Each claim is made on condition of the floor its member knows: a
///    member that is late, or a proposal that comes twice, finds nothing to do again.
///
/// Thus without `redeliver` a wish runs at most once, whatever fails: each run needs a claim of its
/// own, and there is no second one. With it, a wish runs at least once as long as one member that
/// saw the event lives until it is claimed.
///
/// Pure; owned by one thread. `now` is in nanoseconds of a monotonic clock.
public final class EffectsCore {
  /// How long a wish waits for the leader before others claim it.
  public static final long ORPHAN_NANOS = 10_000_000_000L;

  /// How long a member must have been away before its claims are taken for lost.
  public static final long AWAY_NANOS = 2_000_000_000L;

  /// Settled entries that are kept.
  public static final int HISTORY = 200;

  /// How often a wish is claimed at most.
  public static final int ATTEMPTS_MAX = 5;

  private static final int HISTORY_SLACK = 50;
  private static final int WISHES_MAX = 1000;
  private static final int ASKED_MAX = 32;
  private static final long ANSWER_NANOS = 15_000_000_000L;
  private static final long AGAIN_NANOS = 500_000_000L;

  private final String member;
  private final String life;
  private final Map<String, Wished> wishes = new LinkedHashMap<>();
  private final TreeMap<String, Seen> entries = new TreeMap<>();
  private final Map<String, Mine> mine = new HashMap<>();
  private final Map<String, Long> asked = new HashMap<>();
  private final Map<String, Long> awaySince = new HashMap<>();
  private Set<String> present = Set.of();
  private boolean leads;
  private long leadsSince;
  private long floor;
  private byte @Nullable [] floorBytes;
  private int settled;
  private long forgotten;

  private record Wished(Wish wish, long since) {}

  private record Seen(Effect effect, byte[] bytes, long since) {}

  /// A claim of this life that was seen in the log.
  private static final class Mine {
    final int attempt;
    @Nullable End end;

    Mine(int attempt) {
      this.attempt = attempt;
    }
  }

  /// How a run ended.
  public record End(State state, String message, List<Integer> exitCodes, String output) {
    public End {
      if (state == State.STARTED || state == State.UNKNOWN) {
        throw new IllegalArgumentException("no end: " + state);
      }
      exitCodes = List.copyOf(exitCodes);
    }
  }

  /// What the driver shall do.
  public sealed interface Act {
    /// Run it, then say [EffectsCore#ended].
    record Run(String key, Effect effect) implements Act {}

    /// Set `key` if it is still what was `read` (null: not there) and the floor still is
    /// `floorRead`; then say [EffectsCore#answered].
    record Set(
        String key,
        byte @Nullable [] read,
        byte @Nullable [] floorRead,
        boolean floorToo,
        byte[] value)
        implements Act {}

    /// Remove `keys` and set the floor, if it is still `floorRead`; then say
    /// [EffectsCore#answered] for [EffectsCore#PRUNE].
    record Prune(List<String> keys, byte @Nullable [] floorRead, byte[] floor) implements Act {}
  }

  /// Stands for a [Act.Prune] in [#answered].
  public static final String PRUNE = "";

  /// @param member this member's name
  /// @param life another one for each start of the process
  public EffectsCore(String member, String life) {
    this.member = member;
    this.life = life;
  }

  // --- what happens

  /// An event asks for something. Saying it again changes nothing.
  public List<Act> wished(Wish wish, long now, long wallMillis) {
    String key = wish.key();
    if (wish.index() <= floor || entries.containsKey(key) || wishes.containsKey(key)) {
      return List.of();
    }
    if (wishes.size() >= WISHES_MAX) {
      wishes.remove(wishes.keySet().iterator().next());
      forgotten++;
    }
    wishes.put(key, new Wished(wish, now));
    return decide(now, wallMillis);
  }

  /// An entry of the registry was set, or removed when `bytes` is null. In the order of the log;
  /// what is there at first counts as set.
  ///
  /// @throws IllegalArgumentException when it cannot be read: it is left alone
  public List<Act> changed(String key, byte @Nullable [] bytes, long now, long wallMillis) {
    List<Act> acts = new ArrayList<>();
    asked.remove(key);
    // Somebody does it, whatever a later version writes about that.
    if (bytes != null) wishes.remove(key);
    Effect effect = bytes == null ? null : Effect.read(bytes);
    Seen before = effect == null ? entries.remove(key) : null;
    if (effect != null && bytes != null) {
      before = entries.put(key, new Seen(effect, bytes, now));
      if (effect.state() == State.STARTED && own(effect)) {
        Mine run = mine.get(key);
        if (run == null || run.attempt != effect.attempt()) {
          mine.put(key, new Mine(effect.attempt()));
          acts.add(new Act.Run(key, effect));
        }
      }
    }
    if (before != null && before.effect.state() != State.STARTED) settled--;
    if (effect != null && effect.state() != State.STARTED) settled++;
    forgetOver(key, effect);
    acts.addAll(decide(now, wallMillis));
    return acts;
  }

  /// Forgets a run of this member whose end is entered, or does not interest any more.
  private void forgetOver(String key, @Nullable Effect effect) {
    Mine run = mine.get(key);
    if (run == null || run.end == null) return;
    boolean open =
        effect != null
            && own(effect)
            && effect.attempt() == run.attempt
            && (effect.state() == State.STARTED || effect.state() == State.UNKNOWN);
    if (!open) mine.remove(key);
  }

  /// The floor was set; null while there is none.
  public void floor(byte @Nullable [] bytes) {
    asked.remove(PRUNE);
    floorBytes = bytes;
    floor = bytes == null ? 0 : Long.parseLong(new String(bytes, StandardCharsets.US_ASCII));
    wishes.values().removeIf(w -> w.wish.index() <= floor);
  }

  /// Who is here, this member included, and whether it leads.
  public List<Act> standing(boolean leads, Set<String> present, long now, long wallMillis) {
    if (leads && !this.leads) leadsSince = now;
    this.leads = leads;
    if (!present.equals(this.present)) this.present = Set.copyOf(present);
    return decide(now, wallMillis);
  }

  /// What was asked of the registry was answered, one way or the other; what counts is the log.
  public void answered(String key, long now) {
    // What was done is seen in the log by now or soon; what was not is asked again a little later.
    asked.computeIfPresent(key, (_, _) -> now - ANSWER_NANOS + AGAIN_NANOS);
  }

  /// A run has ended.
  public List<Act> ended(String key, int attempt, End end, long now, long wallMillis) {
    Mine run = mine.get(key);
    if (run == null || run.attempt != attempt) return List.of();
    run.end = end;
    Seen seen = entries.get(key);
    forgetOver(key, seen == null ? null : seen.effect);
    return decide(now, wallMillis);
  }

  /// Time has passed.
  public List<Act> tick(long now, long wallMillis) {
    return decide(now, wallMillis);
  }

  // --- what is to be done

  private List<Act> decide(long now, long wallMillis) {
    asked.values().removeIf(since -> now - since >= ANSWER_NANOS);
    List<Act> acts = new ArrayList<>();
    settleOwn(acts, now, wallMillis);
    claimWishes(acts, now, wallMillis);
    resolveLost(acts, now, wallMillis);
    if (leads) prune(acts, now);
    return acts;
  }

  private boolean ask(String key, long now) {
    if (asked.size() >= ASKED_MAX || asked.containsKey(key)) return false;
    asked.put(key, now);
    return true;
  }

  private void settleOwn(List<Act> acts, long now, long wallMillis) {
    mine.forEach(
        (key, run) -> {
          Seen seen = entries.get(key);
          End end = run.end;
          if (seen == null || end == null || !ask(key, now)) return;
          Effect over =
              seen.effect.settled(end.state, end.message, end.exitCodes, end.output, wallMillis);
          acts.add(new Act.Set(key, seen.bytes, null, false, over.bytes()));
        });
  }

  private void claimWishes(List<Act> acts, long now, long wallMillis) {
    for (Map.Entry<String, Wished> e : wishes.entrySet()) {
      Wished w = e.getValue();
      if (!leads && now - w.since < ORPHAN_NANOS) continue;
      if (!ask(e.getKey(), now)) continue;
      byte[] claim = Effect.claim(w.wish, member, life, 1, wallMillis).bytes();
      acts.add(new Act.Set(e.getKey(), null, floorBytes, true, claim));
    }
  }

  private void resolveLost(List<Act> acts, long now, long wallMillis) {
    Set<String> away = new HashSet<>();
    entries.forEach(
        (key, seen) -> {
          Effect e = seen.effect;
          if (e.state() != State.STARTED || own(e)) return;
          boolean gone = !present.contains(e.member());
          if (gone) away.add(e.member());
          if (!lost(seen, gone, now) || !ask(key, now)) return;
          Effect next =
              e.wish().redeliver() && e.attempt() < ATTEMPTS_MAX
                  ? Effect.claim(e.wish(), member, life, e.attempt() + 1, wallMillis)
                  : e.settled(
                      State.UNKNOWN,
                      e.member() + " went away while it ran; nobody knows how far it came",
                      List.of(),
                      "",
                      wallMillis);
          acts.add(new Act.Set(key, seen.bytes, null, false, next.bytes()));
        });
    awaySince.keySet().retainAll(away);
    for (String m : away) awaySince.putIfAbsent(m, now);
  }

  private boolean lost(Seen seen, boolean gone, long now) {
    Effect e = seen.effect;
    // The caller has seen that it is not of this life.
    if (e.member().equals(member)) return true;
    if (!leads) return false;
    if (gone) {
      Long since = awaySince.get(e.member());
      return since != null && now - since >= AWAY_NANOS && now - leadsSince >= AWAY_NANOS;
    }
    return now - Math.max(seen.since, leadsSince) >= e.wish().allowanceMillis() * 1_000_000L;
  }

  private void prune(List<Act> acts, long now) {
    if (settled <= HISTORY + HISTORY_SLACK || asked.containsKey(PRUNE)) return;
    long below = Long.MAX_VALUE;
    for (Wished w : wishes.values()) below = Math.min(below, w.wish.index());
    int spare = settled - HISTORY;
    List<String> keys = new ArrayList<>();
    int whole = 0;
    long top = floor;
    long at = -1;
    for (Map.Entry<String, Seen> e : entries.entrySet()) {
      Effect effect = e.getValue().effect;
      long index = effect.wish().index();
      // Entries of one index go together: the floor cannot lie between them.
      if (index != at) {
        whole = keys.size();
        if (at >= 0) top = at;
        if (keys.size() >= spare) break;
        at = index;
      }
      if (index >= below || effect.state() == State.STARTED) break;
      keys.add(e.getKey());
    }
    if (whole == 0) return;
    if (!ask(PRUNE, now)) return;
    acts.add(
        new Act.Prune(
            List.copyOf(keys.subList(0, whole)),
            floorBytes,
            Long.toString(top).getBytes(StandardCharsets.US_ASCII)));
  }

  private boolean own(Effect e) {
    return e.member().equals(member) && e.life().equals(life);
  }

  // --- what others may know

  /// All entries, the oldest first.
  public List<Effect> effects() {
    return entries.values().stream().map(Seen::effect).toList();
  }

  /// What was asked for and nobody has claimed.
  public int waiting() {
    return wishes.size();
  }

  /// Wishes given up because more than 1000 waited, since the beginning.
  public long forgotten() {
    return forgotten;
  }
}
