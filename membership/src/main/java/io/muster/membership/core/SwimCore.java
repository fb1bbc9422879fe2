package io.muster.membership.core;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.membership.Member;
import io.muster.membership.MemberEvent;
import io.muster.membership.MemberState;
import io.muster.membership.MembershipSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One member's view of all, changed by datagrams, ticks and hints; answers with effects.
///
/// A probe that stays unanswered goes through four steps, all measured from the first unanswered
/// ping: others are asked to probe too (`pingTimeout`); the suspicion is told to all
/// (`pingReqTimeout`), and whoever hears of it pings the suspect itself, the suspicion riding along
/// so that a living suspect refutes it with a higher incarnation; after `suspicionMin` the member
/// is failed if a second voice agrees, after `suspicionMax` on one voice alone (a two-step form of
/// Lifeguard's LHA Suspicion). All four stretch with the local health of this member: who was late
/// itself blames others later. Where we differ from the papers: time counts from the first
/// unanswered ping, which is told along, so the bound holds for the whole cluster; each member also
/// probes its two neighbours in the ring of ids, so nobody waits for its turn; and a machine that
/// refuses connections is believed when a second member says so too.
///
/// Confined to one thread. `now` is monotonic nanoseconds.
public final class SwimCore {
  private static final int HEALTH_MAX = 8;
  private static final int TELL_ALL = 24;
  private static final int TELL_SOME = 8;
  private static final int VOICES = 2;
  private static final long REPING_NANOS = 100_000_000L;
  private static final long LATE_NANOS = 150_000_000L;
  private static final long REMEMBER_NANOS = 3600_000_000_000L;
  private static final long SWEEP_NANOS = 1_000_000_000L;

  private static final class Suspicion {
    /// Since when each voice has had no answer.
    final Map<MemberId, Long> voices = new HashMap<>();
    final Set<MemberId> refusals = new HashSet<>();
    final long made;

    Suspicion(long now) {
      this.made = now;
    }

    /// Since when as many as `need` voices have had no answer.
    long since(int need) {
      return voices.values().stream().sorted().skip(need - 1L).findFirst().orElse(made);
    }
  }

  private static final class Other {
    Member member;

    /// When its present state began.
    long since;

    long heard;
    long awaitingSince;
    long pinged;
    boolean asked;
    long goneSince;
    @Nullable Suspicion suspicion;

    Other(Member member, long now) {
      this.member = member;
      this.since = now;
      this.heard = now;
    }

    /// Takes news of the member; a state that stays goes on.
    void become(Member news, long now) {
      if (news.state() != member.state()) since = now;
      member = news;
    }

    boolean present() {
      return member.state() == MemberState.ALIVE || member.state() == MemberState.SUSPECT;
    }

    /// Whether time alone may change what is thought of it.
    boolean watched() {
      return awaitingSince != 0 || suspicion != null;
    }
  }

  private record Relay(Address to, long number, long until) {}

  private final MembershipSettings settings;
  private final RandomGenerator random;
  private final TreeMap<MemberId, Other> others = new TreeMap<>();

  /// Those of them with an unanswered ping or a suspicion, and perhaps some more until the next
  /// tick: few, while a tick among hundreds of members comes every few tens of milliseconds.
  private final TreeMap<MemberId, Other> watched = new TreeMap<>();

  private final Dissemination dissemination = new Dissemination();
  private final Map<Long, Relay> relays = new HashMap<>();
  private final List<MemberId> round = new ArrayList<>();
  private List<Effect> effects = new ArrayList<>();
  private Member self;
  private long selfSince;
  private long version;
  private long number;
  private int health;
  private long lastTick;
  private long nextProbe;
  private long nextExchange;
  private long nextSweep;
  private int present;

  public SwimCore(Member self, MembershipSettings settings, RandomGenerator random, long now) {
    this.self = self;
    this.settings = settings;
    this.random = random;
    this.selfSince = now;
    this.lastTick = now;
    this.nextProbe = now;
    this.nextSweep = now;
    this.nextExchange = now + settings.pushPullEvery().toNanos();
  }

  public Member self() {
    return self;
  }

  /// 0 when this member is punctual, up to 8 when it is not.
  public int health() {
    return health;
  }

  /// Everybody known, self included.
  public List<Member> members() {
    List<Member> all = new ArrayList<>(others.size() + 1);
    all.add(self);
    for (Other o : others.values()) all.add(o.member);
    return all;
  }

  /// Everybody known, self first, with what else is known of their states.
  public List<Standing> standings() {
    List<Standing> all = new ArrayList<>(others.size() + 1);
    all.add(new Standing(self, selfSince, List.of()));
    for (Other o : others.values()) {
      List<Standing.Voice> voices = new ArrayList<>();
      Suspicion s = o.suspicion;
      if (s != null) {
        s.voices.forEach(
            (by, since) -> voices.add(new Standing.Voice(by, since, s.refusals.contains(by))));
        voices.sort(Comparator.comparingLong(Standing.Voice::sinceNanos));
      }
      all.add(new Standing(o.member, o.since, voices));
    }
    return all;
  }

  /// Grows whenever [#members] or [#standings] answer differently from before.
  public long version() {
    return version;
  }

  private List<Effect> effects() {
    List<Effect> done = effects;
    effects = new ArrayList<>();
    return done;
  }

  // --- inputs

  /// Time passes; call every few tens of milliseconds.
  public List<Effect> tick(long now) {
    awake(now);
    if (now - nextProbe >= 0) {
      nextProbe = now + settings.pingEvery().toNanos();
      Other neighbour = neighbour(self.id());
      probe(neighbour, now);
      if (neighbour != null) probe(neighbour(neighbour.member.id()), now);
      probe(nextInRound(), now);
    }
    for (Other o : List.copyOf(watched.values())) {
      if (o.present()) watch(o, now);
      if (!o.present() || !o.watched()) watched.remove(o.member.id());
    }
    if (now - nextSweep >= 0) {
      nextSweep = now + SWEEP_NANOS;
      others.values().removeIf(o -> forgotten(o, now));
    }
    relays.values().removeIf(r -> now - r.until > 0);
    if (now - nextExchange >= 0) {
      nextExchange = now + settings.pushPullEvery().toNanos();
      List<Other> known = presentOthers();
      if (!known.isEmpty()) {
        effects.add(new Effect.Exchange(known.get(random.nextInt(known.size())).member.address()));
      }
    }
    return effects();
  }

  /// A datagram arrived.
  ///
  /// @throws GossipCodec.Malformed when it is none
  public List<Effect> datagram(Address from, byte[] bytes, long now) throws GossipCodec.Malformed {
    Gossip g = GossipCodec.decode(bytes);
    awake(now);
    heard(g.sender(), from, now);
    for (News n : g.news()) learn(n, now);
    switch (g) {
      case Gossip.Ping p -> {
        if (p.target().equals(self.id()))
          send(from, new Gossip.Ack(self.id(), p.number(), List.of()));
      }
      case Gossip.Ack a -> {
        if (health > 0) health--;
        Relay relay = relays.remove(a.number());
        if (relay != null) {
          send(relay.to, new Gossip.Ack(a.sender(), relay.number, List.of()));
        }
      }
      case Gossip.PingReq r -> {
        relays.put(++number, new Relay(from, r.number(), now + settings.suspicionMin().toNanos()));
        send(r.address(), new Gossip.Ping(self.id(), number, r.target(), List.of()));
      }
      case Gossip.Tell _ -> {}
    }
    return effects();
  }

  /// The other side's list of an exchange.
  ///
  /// @throws GossipCodec.Malformed when it is none
  public List<Effect> exchanged(byte[] list, long now) throws GossipCodec.Malformed {
    awake(now);
    for (News n : GossipCodec.decodeAll(list)) learn(n, now);
    return effects();
  }

  /// This side's list for an exchange.
  public byte[] list() {
    List<News> all = new ArrayList<>(others.size() + 1);
    for (Member m : members()) all.add(new News(m, self.id(), 0, false));
    return GossipCodec.encodeAll(all);
  }

  /// A link broke: perhaps its process died.
  public List<Effect> linkDown(Address peer, long now) {
    awake(now);
    byAddress(peer).filter(Other::present).ifPresent(o -> ping(o, now));
    return effects();
  }

  /// The peer's machine answers that nobody listens there: the process has ended.
  public List<Effect> refused(Address peer, long now) {
    awake(now);
    byAddress(peer)
        .filter(Other::present)
        .ifPresent(
            o -> {
              Suspicion s = o.suspicion == null ? suspect(o, now) : o.suspicion;
              boolean first = s.refusals.add(self.id());
              s.voices.putIfAbsent(self.id(), now);
              version++;
              if (first) tell(suspicionNews(o, s, self.id(), now), true);
              judge(o, now);
            });
    return effects();
  }

  /// Changes what this member says of itself.
  public List<Effect> relabel(Map<String, String> labels) {
    self = with(self, self.incarnation() + 1, self.state(), labels);
    version++;
    tell(new News(self, self.id(), 0, false), true);
    return effects();
  }

  /// Says good-bye to everybody.
  public List<Effect> leave() {
    self = with(self, self.incarnation() + 1, MemberState.LEFT, self.labels());
    selfSince = lastTick;
    version++;
    News news = new News(self, self.id(), 0, false);
    for (Other o : presentOthers()) {
      send(o.member.address(), new Gossip.Tell(self.id(), List.of(news)));
    }
    return effects();
  }

  /// Why a joiner with this list may not join, if so: its first entry is itself.
  ///
  /// @return `duplicate_member_name` or `duplicate_member_id`
  public Optional<String> objection(byte[] list) throws GossipCodec.Malformed {
    List<News> all = GossipCodec.decodeAll(list);
    if (all.isEmpty()) return Optional.empty();
    Member joiner = all.getFirst().member();
    if (joiner.state() != MemberState.ALIVE) return Optional.empty();
    for (Member m : members()) {
      boolean here = m.state() == MemberState.ALIVE;
      boolean sameId = m.id().equals(joiner.id());
      if (sameId && here && !m.address().equals(joiner.address())) {
        return Optional.of("duplicate_member_id");
      }
      if (!sameId && here && m.name().equals(joiner.name())) {
        return Optional.of("duplicate_member_name");
      }
    }
    return Optional.empty();
  }

  private boolean forgotten(Other o, long now) {
    if (o.present() || now - o.goneSince <= REMEMBER_NANOS) return false;
    version++;
    effects.add(new Effect.Forget(o.member.address(), "gone for an hour"));
    return true;
  }

  // --- probing

  /// A member that slept through its ticks must not hold that against others; called before any
  /// input is looked at.
  private void awake(long now) {
    long slept = now - lastTick;
    lastTick = now;
    if (slept > LATE_NANOS) forgive(slept, now);
  }

  private void forgive(long stalled, long now) {
    health = Math.min(HEALTH_MAX, health + 1);
    for (Other o : others.values()) {
      if (o.awaitingSince != 0) o.awaitingSince = Math.min(now, o.awaitingSince + stalled);
      if (o.suspicion != null) {
        o.suspicion.voices.replaceAll((_, since) -> Math.min(now, since + stalled));
        version++;
      }
    }
  }

  /// The next member in the ring of ids.
  private @Nullable Other neighbour(MemberId at) {
    for (int i = 0; i <= others.size(); i++) {
      Map.Entry<MemberId, Other> next = others.higherEntry(at);
      if (next == null) next = others.firstEntry();
      if (next == null) return null;
      if (next.getValue().present()) return next.getValue();
      at = next.getKey();
    }
    return null;
  }

  private @Nullable Other nextInRound() {
    while (true) {
      if (round.isEmpty()) {
        for (Other o : presentOthers()) round.add(o.member.id());
        if (round.isEmpty()) return null;
        for (int i = round.size() - 1; i > 0; i--)
          Collections.swap(round, i, random.nextInt(i + 1));
      }
      Other o = others.get(round.removeLast());
      if (o != null && o.present()) return o;
    }
  }

  private void probe(@Nullable Other o, long now) {
    if (o != null && o.awaitingSince == 0) ping(o, now);
  }

  private void ping(Other o, long now) {
    if (o.awaitingSince == 0) {
      o.awaitingSince = now;
      o.asked = false;
      watched.put(o.member.id(), o);
    }
    o.pinged = now;
    List<News> first =
        o.suspicion == null ? List.of() : List.of(suspicionNews(o, o.suspicion, self.id(), now));
    send(o.member.address(), new Gossip.Ping(self.id(), ++number, o.member.id(), first));
  }

  private long stretched(java.time.Duration d) {
    return d.toNanos() * (2 + health) / 2;
  }

  /// The steps of one unanswered probe.
  private void watch(Other o, long now) {
    if (o.awaitingSince != 0) {
      long waited = now - o.awaitingSince;
      if (waited >= stretched(settings.pingTimeout()) && !o.asked) {
        o.asked = true;
        ask(o);
      }
      if (now - o.pinged >= REPING_NANOS) ping(o, now);
      boolean told = o.suspicion != null && o.suspicion.voices.containsKey(self.id());
      boolean enough =
          waited >= stretched(settings.pingReqTimeout())
              || (o.suspicion != null && waited >= stretched(settings.pingTimeout()));
      if (enough && !told) {
        Suspicion s = o.suspicion == null ? suspect(o, now) : o.suspicion;
        s.voices.put(self.id(), o.awaitingSince);
        version++;
        tell(suspicionNews(o, s, self.id(), now), true);
      }
    }
    if (o.suspicion != null) judge(o, now);
  }

  private void ask(Other o) {
    List<Other> helpers = presentOthers();
    helpers.remove(o);
    for (int i = 0; i < settings.pingReqGroupSize() && !helpers.isEmpty(); i++) {
      Other helper = helpers.remove(random.nextInt(helpers.size()));
      send(
          helper.member.address(),
          new Gossip.PingReq(self.id(), ++number, o.member.id(), o.member.address(), List.of()));
    }
  }

  private void judge(Other o, long now) {
    Suspicion s = o.suspicion;
    if (s == null) return;
    int voters = Math.max(1, present - 1);
    boolean refused =
        s.refusals.contains(self.id())
            && (s.refusals.size() > 1 || (voters == 1 && now - s.made > REPING_NANOS));
    int need = Math.min(VOICES, voters);
    boolean agreed = s.voices.size() >= need;
    long since = s.since(agreed ? need : 1);
    long timeout = stretched(agreed ? settings.suspicionMin() : settings.suspicionMax());
    if (refused) {
      fail(o, now);
    } else if (now - since >= timeout) {
      // Whatever others say, nobody declares a death without an unanswered ping of its own.
      if (o.awaitingSince == 0) ping(o, now);
      else if (now - o.awaitingSince >= stretched(settings.pingTimeout())) fail(o, now);
    }
  }

  private Suspicion suspect(Other o, long now) {
    Suspicion s = new Suspicion(now);
    o.suspicion = s;
    watched.put(o.member.id(), o);
    version++;
    if (o.member.state() == MemberState.ALIVE) {
      o.become(with(o.member, o.member.incarnation(), MemberState.SUSPECT, o.member.labels()), now);
      effects.add(new Effect.Tell(new MemberEvent.MemberSuspected(o.member)));
    }
    return s;
  }

  private News suspicionNews(Other o, Suspicion s, MemberId voice, long now) {
    Member m = with(o.member, o.member.incarnation(), MemberState.SUSPECT, o.member.labels());
    return new News(
        m,
        voice,
        Math.clamp((now - s.voices.getOrDefault(voice, now)) / 1_000_000, 0, 0xffff),
        s.refusals.contains(voice));
  }

  private void fail(Other o, long now) {
    end(o, MemberState.FAILED, now);
    tell(new News(o.member, self.id(), 0, false), true);
    effects.add(new Effect.Tell(new MemberEvent.MemberFailed(o.member)));
  }

  private void end(Other o, MemberState state, long now) {
    o.become(with(o.member, o.member.incarnation(), state, o.member.labels()), now);
    o.suspicion = null;
    o.awaitingSince = 0;
    o.goneSince = now;
    version++;
    count();
  }

  // --- news

  private void heard(MemberId sender, Address from, long now) {
    Other o = others.get(sender);
    if (o == null) return;
    if (o.present()) {
      o.heard = now;
      o.awaitingSince = 0;
      // It lives: no silence counts from before this moment, ours not at all.
      if (o.suspicion != null) {
        o.suspicion.voices.remove(self.id());
        o.suspicion.voices.replaceAll((_, since) -> Math.max(since, now));
        version++;
      }
    } else if (o.member.state() == MemberState.FAILED) {
      // It does not know that it is thought dead: let it refute.
      send(from, new Gossip.Tell(self.id(), List.of(new News(o.member, self.id(), 0, false))));
    }
  }

  private void learn(News news, long now) {
    Member m = news.member();
    if (m.id().equals(self.id())) {
      aboutSelf(news);
      return;
    }
    Other known = others.get(m.id());
    switch (m.state()) {
      case ALIVE -> alive(known, m, now);
      case SUSPECT -> suspected(known, news, now);
      case FAILED, LEFT -> gone(known, m, now);
    }
  }

  private void aboutSelf(News news) {
    Member m = news.member();
    boolean wrong =
        m.state() == MemberState.SUSPECT
            || m.state() == MemberState.FAILED
            || (m.state() == MemberState.LEFT && self.state() != MemberState.LEFT)
            || m.incarnation() > self.incarnation();
    if (!wrong || m.incarnation() < self.incarnation() || self.state() == MemberState.LEFT) return;
    if (m.state() == MemberState.SUSPECT) health = Math.min(HEALTH_MAX, health + 1);
    self = with(self, m.incarnation() + 1, MemberState.ALIVE, self.labels());
    version++;
    tell(new News(self, self.id(), 0, false), true);
  }

  private void alive(@Nullable Other known, Member m, long now) {
    if (known == null) {
      Other o = new Other(m, now);
      others.put(m.id(), o);
      version++;
      count();
      effects.add(new Effect.Keep(m.address()));
      effects.add(new Effect.Tell(new MemberEvent.MemberJoined(m)));
      tell(new News(m, m.id(), 0, false), false);
      return;
    }
    if (m.incarnation() <= known.member.incarnation()) return;
    Member before = known.member;
    boolean was = known.present();
    boolean suspected = before.state() == MemberState.SUSPECT;
    known.become(m, now);
    known.suspicion = null;
    known.awaitingSince = 0;
    known.heard = now;
    version++;
    count();
    if (!before.address().equals(m.address())) {
      effects.add(new Effect.Forget(before.address(), "moved"));
    }
    effects.add(new Effect.Keep(m.address()));
    tell(new News(m, m.id(), 0, false), suspected || !was);
    if (!was) effects.add(new Effect.Tell(new MemberEvent.MemberJoined(m)));
    else if (suspected) effects.add(new Effect.Tell(new MemberEvent.MemberTrusted(m)));
    else effects.add(new Effect.Tell(new MemberEvent.MemberUpdated(m)));
  }

  private void suspected(@Nullable Other known, News news, long now) {
    Member m = news.member();
    if (known == null) {
      // Never heard of: take it as alive first; the voice is counted when it comes again.
      alive(null, with(m, m.incarnation(), MemberState.ALIVE, m.labels()), now);
      return;
    }
    if (!known.present() || m.incarnation() < known.member.incarnation()) return;
    boolean fresh = known.suspicion == null;
    Suspicion s = known.suspicion;
    if (s == null) s = suspect(known, now);
    long since = Math.max(now - news.unansweredMs() * 1_000_000L, known.heard);
    boolean said = s.voices.putIfAbsent(news.from(), since) == null;
    if (news.refused()) said |= s.refusals.add(news.from());
    version++;
    if (said) tell(news, false);
    if (fresh && (present <= TELL_ALL || random.nextInt(present) < TELL_SOME)) ping(known, now);
    judge(known, now);
  }

  private void gone(@Nullable Other known, Member m, long now) {
    if (known == null) return;
    if (!known.present() || m.incarnation() < known.member.incarnation()) {
      if (m.state() == MemberState.LEFT
          && known.member.state() == MemberState.FAILED
          && m.incarnation() >= known.member.incarnation()) {
        known.become(m, now);
        version++;
      }
      return;
    }
    known.become(m, now);
    end(known, m.state(), now);
    tell(new News(m, m.id(), 0, false), true);
    if (m.state() == MemberState.LEFT) {
      effects.add(new Effect.Tell(new MemberEvent.MemberLeft(m)));
      effects.add(new Effect.Forget(m.address(), "left"));
    } else {
      effects.add(new Effect.Tell(new MemberEvent.MemberFailed(m)));
    }
  }

  // --- sending

  /// Lets news ride, and with `now` sends them at once: to all in small clusters, else to a few.
  private void tell(News news, boolean atOnce) {
    dissemination.add(news);
    if (!atOnce) return;
    List<Other> to = presentOthers();
    int n = to.size() <= TELL_ALL ? to.size() : TELL_SOME;
    for (int i = 0; i < n; i++) {
      Other o = to.remove(random.nextInt(to.size()));
      send(o.member.address(), new Gossip.Tell(self.id(), List.of(news)));
    }
  }

  private void send(Address to, Gossip g) {
    int room = settings.maxDgramSize() - SealedBox.OVERHEAD;
    int used = 120;
    for (News n : g.news()) used += GossipCodec.length(n);
    int tellings = (int) Math.ceil(settings.disseminationFactor() * Math.log10(present + 2));
    List<News> more = dissemination.take(room - used, tellings);
    List<News> all = new ArrayList<>(g.news());
    for (News n : more) if (!all.contains(n)) all.add(n);
    Gossip full =
        switch (g) {
          case Gossip.Ping p -> new Gossip.Ping(p.sender(), p.number(), p.target(), all);
          case Gossip.Ack a -> new Gossip.Ack(a.sender(), a.number(), all);
          case Gossip.PingReq r ->
              new Gossip.PingReq(r.sender(), r.number(), r.target(), r.address(), all);
          case Gossip.Tell t -> new Gossip.Tell(t.sender(), all);
        };
    effects.add(new Effect.Send(to, GossipCodec.encode(full, room)));
  }

  private List<Other> presentOthers() {
    List<Other> list = new ArrayList<>(others.size());
    for (Other o : others.values()) if (o.present()) list.add(o);
    return list;
  }

  private void count() {
    int n = 1;
    for (Other o : others.values()) if (o.present()) n++;
    present = n;
  }

  private Optional<Other> byAddress(Address a) {
    return others.values().stream().filter(o -> o.member.address().equals(a)).findFirst();
  }

  private static Member with(
      Member m, long incarnation, MemberState state, Map<String, String> labels) {
    return new Member(
        m.id(), m.name(), incarnation, m.roles(), m.service(), m.address(), labels, state);
  }
}
