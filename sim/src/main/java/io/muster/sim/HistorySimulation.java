package io.muster.sim;

import io.muster.kernel.MemberId;
import io.muster.realtime.Action;
import io.muster.realtime.HistoryRule;
import io.muster.realtime.Publication;
import io.muster.realtime.core.CatchUp;
import io.muster.realtime.core.HistoryLog;
import io.muster.realtime.core.HistoryRules;
import io.muster.realtime.core.Items;
import io.muster.realtime.core.Position;
import io.muster.realtime.core.StreamMessage;
import io.muster.realtime.core.StreamReceiver;
import io.muster.realtime.core.StreamSender;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Members that replicate kept publications over links that break, fall silent and come back, with
/// members that stall and die, and clients that wander between them and go on from their position.
///
/// The cores are those of production: streams, log, positions, questions. What their driver does
/// between them is done here in the same order. Each time a client is told that it got all it
/// missed, that is compared with what was published.
public final class HistorySimulation {
  private static final long MILLI = 1_000_000L;
  private static final long PATIENCE = 2_000 * MILLI;
  private static final long PROMISE = PATIENCE / 2;
  private static final long SILENCE = 1_200 * MILLI;

  private record Event(long at, long order, Runnable run) {}

  /// One publication, and who was told of it when.
  private static final class Said {
    final long id;
    final int by;
    final long origin;
    final long number;
    final String path;
    final long at;
    long answeredAt = Long.MAX_VALUE;

    Said(long id, int by, long origin, long number, String path, long at) {
      this.id = id;
      this.by = by;
      this.origin = origin;
      this.number = number;
      this.path = path;
      this.at = at;
    }
  }

  /// An end of a pair of members.
  private final class Peer {
    final StreamSender sender;
    final StreamReceiver receiver = new StreamReceiver();
    final Map<Said, Long> waiting = new LinkedHashMap<>();

    Peer() {
      sender = new StreamSender(++streams, repairBytes);
    }
  }

  private final class Node {
    final int index;
    final MemberId id = MemberId.random(random);
    final long origin = random.nextLong() | 1;
    final HistoryLog log = new HistoryLog(rules, historyBytes);
    final CatchUp touch = new CatchUp();
    final TreeMap<Integer, Peer> peers = new TreeMap<>();
    final Map<Integer, Long> originOf = new HashMap<>();
    final Map<Integer, Long> ended = new HashMap<>();
    final Map<Integer, Long> promised = new HashMap<>();
    final Map<Integer, Long> gaveUp = new HashMap<>();
    final Map<Said, Long> held = new LinkedHashMap<>();
    final List<Client> clients = new ArrayList<>();
    long number;
    boolean dead;
    long stalledUntil;

    Node(int index) {
      this.index = index;
      log.begin(origin);
      log.head(origin, 0, rules.sum(), false, now);
    }

    void send(int to, List<StreamMessage> messages) {
      for (StreamMessage m : messages) transmit(this, nodes.get(to), m);
    }

    void item(int to, Items.Item item) {
      Peer p = peers.get(to);
      if (p != null) send(to, p.sender.add(Items.encode(item)));
    }

    void publish(String path) {
      long n = ++number;
      long said = ++ids;
      Publication p = publication(path, said);
      Said s = new Said(said, index, origin, n, path, now);
      says.put(said, s);
      for (var e : peers.entrySet()) {
        e.getValue().waiting.put(s, now + PATIENCE);
        send(e.getKey(), e.getValue().sender.add(Items.encode(new Items.Kept(origin, n, p))));
        e.getValue().waiting.put(s, e.getValue().sender.last());
      }
      long hold = now;
      for (var e : promised.entrySet()) {
        if (!peers.containsKey(e.getKey())) hold = Math.max(hold, e.getValue());
      }
      held.put(s, hold);
      deliver(log.append(origin, n, rules.of(p, true), p, now, now / MILLI));
      after(PATIENCE, () -> answered(s, true));
      look();
    }

    /// Answers publishers whose publications all have.
    void look() {
      for (Said s : List.copyOf(held.keySet())) answered(s, false);
    }

    private void answered(Said s, boolean late) {
      Long hold = held.get(s);
      if (dead || hold == null) return;
      if (stalledUntil > now) {
        at(stalledUntil, () -> answered(s, late));
        return;
      }
      for (Peer p : peers.values()) {
        Long n = p.waiting.get(s);
        if (n == null) continue;
        if (!late && p.sender.acknowledged() < n) return;
        p.waiting.remove(s);
      }
      if (hold > now) {
        at(hold, () -> answered(s, late));
        return;
      }
      held.remove(s);
      s.answeredAt = now;
    }

    void deliver(Publication p) {
      for (Client c : clients) c.live(p);
    }

    Items.Head head(long question) {
      return new Items.Head(origin, number, rules.sum(), question, false);
    }

    void receive(Node from, StreamMessage message) {
      if (dead) return;
      if (stalledUntil > now) {
        at(stalledUntil, () -> receive(from, message));
        return;
      }
      Peer p = peers.computeIfAbsent(from.index, _ -> new Peer());
      switch (message) {
        case StreamMessage.Welcome w -> {
          send(from.index, p.sender.welcome(w, List.of()));
          item(from.index, head(0));
          look();
        }
        case StreamMessage.Missed m -> send(from.index, p.sender.missed(m, List.of()));
        case StreamMessage.Ack a -> {
          p.sender.acknowledged(a);
          look();
        }
        case StreamMessage.Hello h -> {
          if (p.receiver.renewed(h)) send(from.index, List.of(p.sender.connected()));
          took(from, p.receiver.hello(h));
        }
        case StreamMessage.Snapshot s -> {
          Long o = originOf.get(from.index);
          if (o != null) log.doubted(o, now);
          took(from, p.receiver.snapshot(s));
        }
        case StreamMessage.Batch b -> took(from, p.receiver.batch(b, true));
      }
    }

    private void took(Node from, StreamReceiver.Arrival a) {
      send(from.index, a.answers());
      for (byte[] item : a.items()) {
        switch (Items.decode(item)) {
          case Items.Kept k -> {
            originOf.put(from.index, k.origin());
            int rule = rules.of(k.publication(), true);
            deliver(log.append(k.origin(), k.number(), rule, k.publication(), now, now / MILLI));
          }
          case Items.Head h -> {
            originOf.put(from.index, h.origin());
            log.head(h.origin(), h.number(), h.rules(), h.over(), now);
            ended.remove(from.index);
            touch.answered(from.id, h.question());
            for (Client c : List.copyOf(waiting)) c.look();
          }
          case Items.Question q -> {
            promised.put(from.index, now + PROMISE);
            item(from.index, head(q.number()));
          }
          case Items.Interest _, Items.Published _, Items.Report _ ->
              throw new IllegalStateException("nobody sends this here");
        }
      }
    }

    void linkUp(int other) {
      Peer p = peers.computeIfAbsent(other, _ -> new Peer());
      p.receiver.retry();
      send(other, List.of(p.sender.connected()));
    }

    void linkDown(int other, boolean byPeer) {
      Peer p = peers.get(other);
      if (p != null) p.sender.disconnected();
      if (byPeer) {
        ended.put(other, now);
        promised.remove(other);
      } else {
        ended.remove(other);
      }
    }

    void givesUp(int other) {
      if (dead) return;
      Peer p = peers.remove(other);
      if (p == null) return;
      gaveUp.putIfAbsent(other, now);
      Long o = originOf.remove(other);
      Long end = ended.remove(other);
      MemberId who = nodes.get(other).id;
      boolean sure = end != null && touch.inTouch(who, end - PROMISE / 10 * 9);
      if (o == null) log.blind(now / MILLI);
      else log.ended(o, sure, now);
      touch.gone(who);
      long hold = promised.getOrDefault(other, now);
      for (Said s : p.waiting.keySet()) held.computeIfPresent(s, (_, h) -> Math.max(h, hold));
      look();
      for (Client c : List.copyOf(waiting)) c.look();
    }

    void tick() {
      if (dead) return;
      if (stalledUntil > now) {
        at(stalledUntil, this::tick);
        return;
      }
      log.expire(now, now / MILLI);
      long q = touch.ask(now);
      for (var e : peers.entrySet()) {
        if (e.getValue().sender.live()) item(e.getKey(), new Items.Question(q));
        // Where the answer to a hello was lost with its link.
        if (!e.getValue().sender.live() && up(index, e.getKey())) {
          send(e.getKey(), List.of(e.getValue().sender.connected()));
        }
      }
      after(PATIENCE / 8, this::tick);
    }
  }

  /// Listens to a pattern, and wanders.
  private final class Client {
    final String pattern;
    @Nullable Node on;
    @Nullable Position position;
    boolean seated;
    long asked;
    Set<Integer> unanswered = new HashSet<>();
    long deadline;
    long since;

    /// Who gave out the position.
    @Nullable Node gaveOut;

    final Map<Long, Long> got = new HashMap<>();

    Client(String pattern) {
      this.pattern = pattern;
    }

    void live(Publication p) {
      if (!seated || !meets(p.path())) return;
      take(p);
    }

    private boolean meets(String path) {
      return pattern.equals("/h/**") || pattern.equals(path);
    }

    private void take(Publication p) {
      long id = Long.parseLong(new String(p.data(), StandardCharsets.UTF_8));
      if (got.put(id, now) != null) throw new AssertionError(id + " told twice to one client");
      position = p.position();
    }

    void leave() {
      if (on != null) on.clients.remove(this);
      waiting.remove(this);
      on = null;
      seated = false;
    }

    void come(Node node) {
      on = node;
      node.clients.add(this);
      if (position == null) {
        begin();
        return;
      }
      since = now;
      asked = node.touch.ask(now);
      unanswered = new HashSet<>(node.peers.keySet());
      for (var e : node.peers.entrySet()) {
        if (e.getValue().sender.live()) node.item(e.getKey(), new Items.Question(asked));
      }
      deadline = now + PATIENCE;
      waiting.add(this);
      at(deadline, this::look);
      look();
    }

    private void begin() {
      Node node = on;
      if (node == null) return;
      got.clear();
      since = now;
      position = node.log.position(now / MILLI);
      gaveOut = node;
      seated = true;
    }

    void look() {
      Node node = on;
      if (seated || node == null || node.dead || !waiting.contains(this)) return;
      if (node.stalledUntil > now) {
        at(node.stalledUntil, this::look);
        return;
      }
      List<MemberId> open = new ArrayList<>();
      for (int i : unanswered) if (node.peers.containsKey(i)) open.add(nodes.get(i).id);
      boolean all = node.touch.all(open, asked);
      if (!all && now < deadline) return;
      waiting.remove(this);
      Position from = position;
      if (from == null) return;
      HistoryLog.Recovery r = node.log.recover(from, pattern, 5, true, true, all, now, now / MILLI);
      if (r.reason() != null) {
        refusals.merge(r.reason(), 1, Integer::sum);
        begin();
        return;
      }
      for (Publication p : r.missed()) take(p);
      position = r.position();
      seated = true;
      recovered++;
      missed += r.missed().size();
      Node issuer = gaveOut;
      if (issuer != null) compare(from, issuer);
      gaveOut = node;
    }

    /// What publishers were told of before this client came is there, unless its member had been
    /// given up when the position was given out.
    private void compare(Position from, Node issuer) {
      for (Said s : says.values()) {
        if (s.at < began() || s.answeredAt >= since || !meets(s.path)) continue;
        Position.Mark mark = from.mark(s.origin);
        if (mark != null && (mark.over() || s.number <= mark.number())) continue;
        // Given up before it ever said who it is: a position cannot name it.
        if (mark == null && issuer.gaveUp.getOrDefault(s.by, now) <= from.millis() * MILLI)
          continue;
        if (got.containsKey(s.id)) continue;
        throw new AssertionError(
            "m"
                + (on == null ? "?" : on.index)
                + " says that all is there, but not "
                + s.id
                + " of m"
                + s.by
                + " at "
                + s.at / MILLI
                + " ms, its number "
                + s.number
                + ", answered at "
                + s.answeredAt / MILLI
                + "; known "
                + (on == null ? 0 : on.log.last(s.origin))
                + ", position "
                + from
                + ", came at "
                + since / MILLI
                + ", now "
                + now / MILLI);
      }
    }

    private long began() {
      return firstPosition;
    }

    private long firstPosition = now;

    void anew() {
      firstPosition = now;
    }
  }

  private final Random random;
  private final PriorityQueue<Event> queue =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final HistoryRules rules;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Long, Said> says = new LinkedHashMap<>();
  private final List<Client> clients = new ArrayList<>();
  private final Set<Client> waiting = new HashSet<>();
  private final long historyBytes;
  private final long repairBytes;
  private final Map<Long, Long> linkEpoch = new HashMap<>();
  private final Set<Long> down = new HashSet<>();
  private final Set<Long> silent = new HashSet<>();
  private final Map<Long, Long> lastArrival = new HashMap<>();
  private final Map<HistoryLog.Reason, Integer> refusals = new HashMap<>();
  private long now = 1_000 * MILLI;
  private long order;
  private long streams;
  private long ids;
  private int recovered;
  private int missed;

  /// @param members two or more, all linked
  /// @param clients that listen and wander
  public HistorySimulation(long seed, int members, int clients) {
    random = new Random(seed);
    rules =
        new HistoryRules(
            List.of(new HistoryRule("/h/**", 50 + random.nextInt(400), Duration.ofSeconds(20))),
            16);
    historyBytes = 20_000L + random.nextInt(400_000);
    repairBytes = 2_000L + random.nextInt(100_000);
    for (int i = 0; i < members; i++) nodes.add(new Node(i));
    for (int i = 0; i < members; i++) {
      for (int k = 0; k < i; k++) connect(i, k);
    }
    for (Node n : nodes) after(random.nextLong(PATIENCE / 8), n::tick);
    for (int i = 0; i < clients; i++) {
      this.clients.add(new Client(i % 2 == 0 ? "/h/**" : "/h/" + i % 3));
    }
  }

  private void at(long time, Runnable run) {
    queue.add(new Event(time, order++, run));
  }

  private void after(long nanos, Runnable run) {
    at(now + nanos, run);
  }

  private static long pair(int a, int b) {
    return Math.min(a, b) * 1000L + Math.max(a, b);
  }

  private boolean up(int a, int b) {
    return !down.contains(pair(a, b));
  }

  private static Publication publication(String path, long id) {
    return new Publication(
        Action.SET,
        path,
        Long.toString(id).getBytes(StandardCharsets.UTF_8),
        null,
        "s",
        id,
        0,
        0,
        0,
        2,
        null,
        null,
        null,
        null,
        false);
  }

  // --- the network: links keep order while they live, and lose what is under way when they break

  private void transmit(Node from, Node to, StreamMessage m) {
    long pair = pair(from.index, to.index);
    if (down.contains(pair)) return;
    long direction = from.index * 1000L + to.index;
    long delay = MILLI / 10 + random.nextLong(random.nextInt(20) == 0 ? 300 * MILLI : 3 * MILLI);
    long arrival = Math.max(now + delay, lastArrival.getOrDefault(direction, 0L) + 1);
    lastArrival.put(direction, arrival);
    long epoch = linkEpoch.getOrDefault(pair, 0L);
    arrive(arrival, pair, epoch, from, to, m);
  }

  private void arrive(long when, long pair, long epoch, Node from, Node to, StreamMessage m) {
    at(
        when,
        () -> {
          if (linkEpoch.getOrDefault(pair, 0L) != epoch || down.contains(pair)) return;
          if (silent.contains(pair)) {
            // Kept by the sender's machine until the network is back or the link is given up.
            arrive(now + 20 * MILLI, pair, epoch, from, to, m);
            return;
          }
          to.receive(from, m);
        });
  }

  private void connect(int a, int b) {
    if (nodes.get(a).dead || nodes.get(b).dead) return;
    long pair = pair(a, b);
    down.remove(pair);
    linkEpoch.merge(pair, 1L, Long::sum);
    lastArrival.remove(a * 1000L + b);
    lastArrival.remove(b * 1000L + a);
    nodes.get(a).linkUp(b);
    nodes.get(b).linkUp(a);
  }

  private void disconnect(int a, int b, boolean byPeer) {
    long pair = pair(a, b);
    if (!down.add(pair)) return;
    linkEpoch.merge(pair, 1L, Long::sum);
    nodes.get(a).linkDown(b, byPeer);
    nodes.get(b).linkDown(a, byPeer);
  }

  // --- what happens to it

  private Node alive() {
    while (true) {
      Node n = nodes.get(random.nextInt(nodes.size()));
      if (!n.dead) return n;
    }
  }

  /// A link breaks and is there again; nobody is given up.
  private void flap() {
    Node a = alive();
    Node b = alive();
    if (a == b || !up(a.index, b.index) || silent.contains(pair(a.index, b.index))) return;
    disconnect(a.index, b.index, false);
    after(random.nextLong(400 * MILLI), () -> connect(a.index, b.index));
  }

  /// The network between two falls silent; when that lasts both give the link up, and one or both
  /// the other.
  private void cut() {
    Node a = alive();
    Node b = alive();
    long pair = pair(a.index, b.index);
    if (a == b || !up(a.index, b.index) || !silent.add(pair)) return;
    long length = random.nextLong(6_000 * MILLI);
    if (length < SILENCE) {
      after(length, () -> silent.remove(pair));
      return;
    }
    int who = random.nextInt(3);
    after(
        SILENCE + random.nextLong(Math.max(1, length - SILENCE)),
        () -> {
          disconnect(a.index, b.index, false);
          if (who != 1) a.givesUp(b.index);
          if (who != 0) b.givesUp(a.index);
        });
    after(
        length + 10 * MILLI,
        () -> {
          silent.remove(pair);
          disconnect(a.index, b.index, false);
          connect(a.index, b.index);
        });
  }

  private void stall() {
    Node n = alive();
    n.stalledUntil = Math.max(n.stalledUntil, now + random.nextLong(2_500 * MILLI));
  }

  /// A process is killed: what its machine has sent arrives or is lost, then its links end.
  private void kill() {
    if (nodes.stream().filter(n -> !n.dead).count() < 2) return;
    Node n = alive();
    n.dead = true;
    for (Client c : List.copyOf(n.clients)) {
      c.leave();
      wander(c);
    }
    for (Node other : nodes) {
      if (other == n || other.dead) continue;
      long pair = pair(n.index, other.index);
      boolean reached = up(n.index, other.index) && !silent.contains(pair);
      after(
          random.nextLong(reached ? 350 * MILLI : 2_000 * MILLI),
          () -> {
            down.remove(pair);
            down.add(pair);
            linkEpoch.merge(pair, 1L, Long::sum);
            ends(other, n.index, reached);
          });
    }
  }

  private void ends(Node other, int gone, boolean byPeer) {
    if (other.dead) return;
    if (other.stalledUntil > now) {
      at(other.stalledUntil, () -> ends(other, gone, byPeer));
      return;
    }
    other.linkDown(gone, byPeer);
    after(random.nextLong(1_500 * MILLI), () -> other.givesUp(gone));
  }

  private void wander(Client c) {
    after(
        random.nextLong(1_500 * MILLI),
        () -> {
          if (c.on == null) come(c);
        });
  }

  private void come(Client c) {
    Node n = alive();
    if (c.position == null) c.anew();
    c.come(n);
  }

  private void move() {
    Client c = clients.get(random.nextInt(clients.size()));
    if (c.on == null) return;
    c.leave();
    wander(c);
  }

  /// Runs a while with trouble.
  ///
  /// @param seconds of virtual time
  public void run(int seconds) {
    long end = now + seconds * 1_000L * MILLI;
    for (Client c : clients) come(c);
    double trouble = 0.2 + random.nextDouble();
    for (long t = now; t < end; t += 50 * MILLI) {
      long offset = t - now;
      after(
          offset + random.nextLong(50 * MILLI),
          () -> {
            for (int i = random.nextInt(4); i > 0; i--) {
              Node n = alive();
              if (n.stalledUntil <= now) n.publish("/h/" + random.nextInt(3));
            }
          });
      if (random.nextInt(8) == 0) after(offset, this::move);
      if (random.nextDouble() * 40 < trouble) after(offset, this::flap);
      if (random.nextDouble() * 100 < trouble) after(offset, this::cut);
      if (random.nextDouble() * 80 < trouble) after(offset, this::stall);
      if (random.nextDouble() * 400 < trouble) after(offset, this::kill);
    }
    while (!queue.isEmpty() && queue.peek().at <= end) {
      Event e = queue.remove();
      now = Math.max(now, e.at);
      e.run.run();
    }
  }

  /// How often clients were told that they got all, and how much that was.
  public int recovered() {
    return recovered;
  }

  public int missed() {
    return missed;
  }

  /// Why others had to begin anew.
  public Map<HistoryLog.Reason, Integer> refusals() {
    return Map.copyOf(refusals);
  }
}
