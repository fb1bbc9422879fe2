package io.muster.realtime.core;

import io.muster.realtime.HistoryRule;
import io.muster.realtime.Publication;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What one member keeps of the publications of all members, so that a client that comes back, to
/// whichever member, gets what it missed.
///
/// **Numbers.** Each life of a member is an *origin* and numbers what it publishes on kept paths.
/// All members get all of these, in order; a [Position] names the last number of each origin. What
/// a log has of an origin is whole between the number it began at and the last one.
///
/// **What is promised.** [#recover] answers `recovered` only where each number after the position
/// is known here: kept, or of a path the subscription does not meet. A gap, a number already given
/// up, an origin never heard of, one that ended in doubt: then it says why not. Origins that are
/// alive must have been asked for their last number just before (`caughtUp`).
///
/// **Ends.** An origin whose member said good-bye, or whose process is known to have gone while it
/// was in touch, is over: what is here of it is all there is, since a publisher there has its
/// answer only when all members confirmed. Otherwise its end is unsure, and positions from before
/// it are not recovered.
///
/// Not safe for several threads; time is given.
public final class HistoryLog {
  /// Beyond three times the greatest age, how long an origin that has ended is remembered.
  private static final Duration SKEW = Duration.ofMinutes(5);

  private static final Duration BLIND_SKEW = Duration.ofSeconds(5);

  /// Why a client has to start anew.
  public enum Reason {
    /// Not a position of this cluster, or one from a member that nobody here has heard of, or a
    /// member cannot be asked now.
    UNKNOWN,
    /// Something after the position is not kept any more.
    TOO_OLD,
    /// A member failed, and what it published last may be missing.
    EPOCH_CHANGED,
    /// No rule of `realtime.history` keeps all that the subscription meets.
    NO_HISTORY
  }

  /// @param reason null when everything after the position is in `missed`
  /// @param missed in the order of their arrival here, each with the position after it
  /// @param position where the subscription's live events begin
  public record Recovery(@Nullable Reason reason, List<Publication> missed, Position position) {}

  /// @param bytes roughly what they take
  /// @param gaps numbers that were missing when the next one came
  public record View(int kept, long bytes, int origins, long dropped, long gaps) {}

  private enum Standing {
    LIVE,
    /// Nothing more will come of it, and all is here.
    OVER,
    /// Something may be missing at its end.
    UNSURE
  }

  private static final class Origin {
    long from;
    long last;
    Standing standing = Standing.LIVE;
    boolean alien;
    long endedNanos;
    final long[] dropped;

    Origin(int rules) {
      dropped = new long[rules];
    }
  }

  private record Kept(
      long order, long origin, long number, Publication publication, long bytes, long atNanos) {}

  private final HistoryRules rules;
  private final long bytesMax;
  private final TreeMap<Long, Origin> origins = new TreeMap<>();
  private final List<ArrayDeque<Kept>> kept = new ArrayList<>();
  private final long[] keptBytes;
  private @Nullable Position marks;
  private long blindMillis = Long.MIN_VALUE;

  /// Positions from before may concern origins that nobody remembers.
  private long forgottenMillis = Long.MIN_VALUE;
  private long bytes;
  private long order;
  private long dropped;
  private long gaps;

  /// @param bytesMax all that is kept takes, roughly; beyond it the oldest of the rule with most
  ///     goes
  public HistoryLog(HistoryRules rules, long bytesMax) {
    this.rules = rules;
    this.bytesMax = bytesMax;
    this.keptBytes = new long[rules.size()];
    for (int i = 0; i < rules.size(); i++) kept.add(new ArrayDeque<>());
  }

  /// The own origin begins.
  public void begin(long origin) {
    origins.put(origin, new Origin(rules.size()));
    marks = null;
  }

  /// The last number of an origin here, 0 when nothing is known of it.
  public long last(long origin) {
    Origin o = origins.get(origin);
    return o == null ? 0 : o.last;
  }

  /// Keeps a publication.
  ///
  /// @param rule that keeps it, -1 where this member has none for it
  /// @return the publication with the position after it; as it was where it came too late to be
  ///     placed
  public Publication append(
      long origin, long number, int rule, Publication p, long nowNanos, long nowMillis) {
    Origin o = origins.get(origin);
    if (o == null) {
      o = new Origin(rules.size());
      o.from = number - 1;
      o.last = number - 1;
      origins.put(origin, o);
      marks = null;
    }
    if (number <= o.last) return p;
    if (number > o.last + 1) gap(o, number - 1);
    o.last = number;
    if (o.standing != Standing.LIVE) {
      o.standing = Standing.LIVE;
      marks = null;
    }
    Position now = marks(nowMillis).with(origin, number, nowMillis);
    marks = now;
    Publication placed = p.at(now);
    if (rule < 0) {
      o.alien = true;
      return placed;
    }
    long size = size(placed);
    kept.get(rule).add(new Kept(order++, origin, number, placed, size, nowNanos));
    keptBytes[rule] += size;
    bytes += size;
    while (kept.get(rule).size() > rules.get(rule).size()) drop(rule);
    while (bytes > bytesMax) drop(largest());
    return placed;
  }

  private void gap(Origin o, long last) {
    gaps += last - o.last;
    o.from = last;
    o.last = last;
    marks = null;
  }

  private static long size(Publication p) {
    byte[] change = p.change();
    byte[] meta = p.meta();
    return 400L
        + p.path().length()
        + p.data().length
        + (change == null ? 0 : change.length)
        + (meta == null ? 0 : meta.length);
  }

  private int largest() {
    int at = 0;
    for (int i = 1; i < keptBytes.length; i++) if (keptBytes[i] > keptBytes[at]) at = i;
    return at;
  }

  private void drop(int rule) {
    Kept k = kept.get(rule).remove();
    keptBytes[rule] -= k.bytes;
    bytes -= k.bytes;
    dropped++;
    Origin o = origins.get(k.origin);
    if (o != null) o.dropped[rule] = Math.max(o.dropped[rule], k.number);
  }

  /// A member tells the last number it gave, after all it sent before.
  ///
  /// @param sum of its rules
  /// @param over whether it will not publish any more
  public void head(long origin, long number, long sum, boolean over, long nowNanos) {
    Origin o = origins.get(origin);
    if (o == null) {
      o = new Origin(rules.size());
      o.from = number;
      o.last = number;
      origins.put(origin, o);
      marks = null;
    }
    if (number > o.last) gap(o, number);
    if (number < o.last) return;
    o.alien = sum != rules.sum();
    Standing now = over ? Standing.OVER : Standing.LIVE;
    if (o.standing != now) marks = null;
    if (over && o.standing != now) o.endedNanos = nowNanos;
    o.standing = now;
  }

  /// An origin's member has gone.
  ///
  /// @param sure whether everything that its publishers were told of has come here
  public void ended(long origin, boolean sure, long nowNanos) {
    Origin o = origins.get(origin);
    if (o == null || o.standing == Standing.OVER) return;
    o.standing = sure ? Standing.OVER : Standing.UNSURE;
    o.endedNanos = nowNanos;
    marks = null;
  }

  /// A member has gone that never told its origin: what it published nobody here knows, nor do
  /// positions given out until now tell whether their owners do.
  ///
  /// @param nowMillis clocks of members may differ by five seconds
  public void blind(long nowMillis) {
    blindMillis = nowMillis + BLIND_SKEW.toMillis();
  }

  /// Something of it was lost on the way, or may have been, until it tells its last number.
  public void doubted(long origin, long nowNanos) {
    ended(origin, false, nowNanos);
  }

  private Position marks(long nowMillis) {
    Position known = marks;
    if (known != null) return known;
    TreeMap<Long, Position.Mark> all = new TreeMap<>();
    origins.forEach((id, o) -> all.put(id, new Position.Mark(o.last, o.standing != Standing.LIVE)));
    Position made = Position.of(all, nowMillis);
    marks = made;
    return made;
  }

  /// Everything that has arrived.
  public Position position(long nowMillis) {
    Position now = marks(nowMillis);
    return now.millis() == nowMillis ? now : now.givenOut(nowMillis);
  }

  /// What a subscription missed since a position.
  ///
  /// @param caughtUp whether all members here were asked for their last number since the client
  ///     came, and have answered
  public Recovery recover(
      Position since,
      String pattern,
      int depth,
      boolean set,
      boolean remove,
      boolean caughtUp,
      long nowNanos,
      long nowMillis) {
    expire(nowNanos, nowMillis);
    Position now = position(nowMillis);
    Reason why = objection(since, pattern, depth, caughtUp, nowNanos, nowMillis);
    if (why != null) return new Recovery(why, List.of(), now);
    learn(since);
    List<Kept> found = new ArrayList<>();
    for (int r = 0; r < rules.size(); r++) {
      if (!rules.touches(r, pattern)) continue;
      for (Kept k : kept.get(r)) {
        Position.Mark seen = since.mark(k.origin);
        if (seen != null && k.number <= seen.number()) continue;
        Publication p = k.publication;
        boolean wanted = p.action() == io.muster.realtime.Action.SET ? set : remove;
        if (wanted && PatternIndex.meets(pattern, depth, p.path())) found.add(k);
      }
    }
    found.sort(Comparator.comparingLong(Kept::order));
    List<Publication> missed = new ArrayList<>(found.size());
    for (Kept k : found) {
      Position after = k.publication.position();
      missed.add(after == null ? k.publication : k.publication.at(after.and(since)));
    }
    return new Recovery(null, missed, position(nowMillis).and(since));
  }

  /// Somebody has seen more of an origin that has ended than came here: others may have missed
  /// that, and whoever has it must not be told again by a member that has it, too.
  private void learn(Position since) {
    origins.forEach(
        (id, o) -> {
          Position.Mark seen = since.mark(id);
          if (seen == null || o.standing == Standing.LIVE || seen.number() <= o.last) return;
          gap(o, seen.number());
        });
  }

  private @Nullable Reason objection(
      Position since, String pattern, int depth, boolean caughtUp, long nowNanos, long nowMillis) {
    if (!rules.cover(pattern, depth)) return Reason.NO_HISTORY;
    if (since.millis() <= forgottenMillis) return Reason.TOO_OLD;
    if (!caughtUp) return Reason.UNKNOWN;
    if (since.millis() <= blindMillis) return Reason.EPOCH_CHANGED;
    for (long id : since.origins()) {
      Position.Mark seen = since.mark(id);
      if (seen == null || seen.over() || seen.number() == 0) continue;
      if (!origins.containsKey(id)) return Reason.UNKNOWN;
    }
    for (var e : origins.entrySet()) {
      Origin o = e.getValue();
      Position.Mark seen = since.mark(e.getKey());
      long number = seen == null ? 0 : seen.number();
      if (o.standing != Standing.LIVE) {
        // It ended before the position was given out: there is nothing after it.
        if (seen != null && seen.over() && number >= o.last) continue;
        // Whoever gave it out afterwards had forgotten it, or never knew it.
        if (seen == null && since.millis() > ended(o, nowNanos, nowMillis)) continue;
      }
      if (o.alien) return Reason.UNKNOWN;
      if (o.standing == Standing.LIVE && number > o.last) return Reason.UNKNOWN;
      if (number < o.from) return seen == null ? Reason.UNKNOWN : Reason.TOO_OLD;
      boolean over = seen != null && seen.over();
      if (o.standing == Standing.UNSURE && !over) return Reason.EPOCH_CHANGED;
      for (int r = 0; r < rules.size(); r++) {
        if (o.dropped[r] > number && rules.touches(r, pattern)) return Reason.TOO_OLD;
      }
    }
    return null;
  }

  /// When an origin ended, with some time for clocks that differ.
  private static long ended(Origin o, long nowNanos, long nowMillis) {
    return nowMillis - (nowNanos - o.endedNanos) / 1_000_000 + BLIND_SKEW.toMillis();
  }

  /// Gives up what is older than its rule allows; call now and then.
  public void expire(long nowNanos, long nowMillis) {
    for (int r = 0; r < rules.size(); r++) {
      HistoryRule rule = rules.get(r);
      ArrayDeque<Kept> all = kept.get(r);
      while (!all.isEmpty() && nowNanos - all.getFirst().atNanos > rule.age().toNanos()) drop(r);
    }
    long remembered = 3 * rules.ageMax().toNanos() + SKEW.toNanos();
    for (var i = origins.values().iterator(); i.hasNext(); ) {
      Origin o = i.next();
      if (o.standing == Standing.LIVE || nowNanos - o.endedNanos <= remembered) continue;
      forgottenMillis = Math.max(forgottenMillis, ended(o, nowNanos, nowMillis));
      i.remove();
      marks = null;
    }
  }

  public View view() {
    int n = 0;
    for (ArrayDeque<Kept> k : kept) n += k.size();
    return new View(n, bytes, origins.size(), dropped, gaps);
  }
}
