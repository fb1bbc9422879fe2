package io.muster.sim;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import io.muster.membership.Member;
import io.muster.membership.MemberEvent;
import io.muster.membership.MemberState;
import io.muster.membership.MembershipSettings;
import io.muster.membership.core.Effect;
import io.muster.membership.core.GossipCodec;
import io.muster.membership.core.Standing;
import io.muster.membership.core.SwimCore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/// Failure detectors of a whole cluster on one virtual clock, with a network that loses, delays and
/// cuts, and members that stall and die.
public final class SwimSimulation {
  private static final long TICK = 20_000_000L;

  private record Event(long at, long order, Runnable run) {}

  /// What a member told at a moment.
  public record Told(long atNanos, int by, MemberEvent event) {}

  private final class Node {
    final int index;
    final Address address;
    final SwimCore core;
    boolean dead;
    long stalledUntil;

    Node(int index, MembershipSettings settings) {
      this.index = index;
      this.address = new Address("10.0." + index / 250 + "." + index % 250, 1000);
      Member self =
          new Member(
              MemberId.random(random),
              "m" + index,
              1,
              Set.of(Role.CONTROL),
              "s",
              address,
              Map.of(),
              MemberState.ALIVE);
      core = new SwimCore(self, settings, new Random(random.nextLong()), now);
    }

    void tick() {
      if (dead) return;
      if (now < stalledUntil) {
        at(stalledUntil, this::tick);
        return;
      }
      perform(this, core.tick(now));
      after(TICK, this::tick);
    }

    void receive(Address from, byte[] datagram) {
      if (dead) return;
      if (now < stalledUntil) {
        at(stalledUntil, () -> receive(from, datagram));
        return;
      }
      try {
        perform(this, core.datagram(from, datagram, now));
      } catch (GossipCodec.Malformed e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final Random random;
  private final PriorityQueue<Event> queue =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Address, Node> byAddress = new HashMap<>();
  private final Set<Long> cuts = new HashSet<>();
  private final List<Told> told = new ArrayList<>();
  private long now = 1;
  private long order;
  private double loss;
  private long datagrams;

  /// @param members how many, all joining through the first, ten at a time
  public SwimSimulation(long seed, int members, MembershipSettings settings) {
    random = new Random(seed);
    for (int i = 0; i < members; i++) {
      Node n = new Node(i, settings);
      nodes.add(n);
      byAddress.put(n.address, n);
      after(1 + random.nextLong(TICK) + i / 10 * 20_000_000L, n::tick);
      if (i > 0) {
        after(1 + i / 10 * 20_000_000L, () -> exchange(n, nodes.getFirst()));
      }
    }
  }

  private void at(long time, Runnable run) {
    queue.add(new Event(time, order++, run));
  }

  private void after(long delay, Runnable run) {
    at(now + delay, run);
  }

  private void perform(Node n, List<Effect> effects) {
    for (Effect e : effects) {
      switch (e) {
        case Effect.Send s -> {
          datagrams++;
          Node to = byAddress.get(s.to());
          if (to == null || cut(n, to) || random.nextDouble() < loss) continue;
          after(100_000 + random.nextLong(2_000_000), () -> to.receive(n.address, s.datagram()));
          if (random.nextInt(50) == 0) {
            after(random.nextLong(30_000_000), () -> to.receive(n.address, s.datagram()));
          }
        }
        case Effect.Tell t -> told.add(new Told(now, n.index, t.event()));
        case Effect.Exchange x -> {
          Node to = byAddress.get(x.with());
          if (to != null) after(1_000_000, () -> exchange(n, to));
        }
        case Effect.Keep _, Effect.Forget _ -> {}
      }
    }
  }

  private void exchange(Node a, Node b) {
    if (a.dead || b.dead || cut(a, b) || cut(b, a)) return;
    if (now < a.stalledUntil || now < b.stalledUntil) return;
    try {
      byte[] mine = a.core.list();
      perform(b, b.core.exchanged(mine, now));
      perform(a, a.core.exchanged(b.core.list(), now));
    } catch (GossipCodec.Malformed e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean cut(Node from, Node to) {
    return cuts.contains((long) from.index << 32 | to.index);
  }

  /// Lets virtual time pass.
  public void run(long nanos) {
    long end = now + nanos;
    while (!queue.isEmpty() && queue.peek().at <= end) {
      Event e = queue.remove();
      now = Math.max(now, e.at);
      e.run.run();
    }
    now = end;
  }

  public void loss(double share) {
    loss = share;
  }

  /// Nothing goes from one to the other any more; the way back stays open.
  public void cut(int from, int to) {
    cuts.add((long) from << 32 | to);
  }

  public void healAll() {
    cuts.clear();
  }

  /// What a healed link does: both exchange their lists.
  public void relink(int a, int b) {
    exchange(nodes.get(a), nodes.get(b));
  }

  public void stall(int member, long nanos) {
    nodes.get(member).stalledUntil = now + nanos;
  }

  /// The process dies; with links, all notice within a millisecond and find its port refused.
  public void kill(int member, boolean links) {
    Node victim = nodes.get(member);
    victim.dead = true;
    if (!links) return;
    for (Node n : nodes) {
      if (n.dead) continue;
      after(
          random.nextLong(1_000_000),
          () -> {
            perform(n, n.core.linkDown(victim.address, now));
            perform(n, n.core.refused(victim.address, now));
          });
    }
  }

  public long now() {
    return now;
  }

  public long datagrams() {
    return datagrams;
  }

  public List<Told> told() {
    return told;
  }

  /// Each living member's picture: the names it believes to be here.
  public void eachPicture(Consumer<Set<String>> check) {
    for (Node n : nodes) {
      if (n.dead) continue;
      Set<String> names = new HashSet<>();
      for (Member m : n.core.members()) {
        if (m.state() == MemberState.ALIVE || m.state() == MemberState.SUSPECT) {
          names.add(m.name());
        }
      }
      check.accept(names);
    }
  }

  /// What one living member knows of all.
  public List<Standing> standings(int member) {
    return nodes.get(member).core.standings();
  }

  /// The names of those that live.
  public Set<String> living() {
    Set<String> names = new HashSet<>();
    for (Node n : nodes) if (!n.dead) names.add(n.core.self().name());
    return names;
  }
}
