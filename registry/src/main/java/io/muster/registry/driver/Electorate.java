package io.muster.registry.driver;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import io.muster.kernel.Address;
import io.muster.kernel.Role;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.membership.Membership;
import io.muster.registry.Consensus;
import io.muster.registry.RegistrySettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who votes in the groups of this process: members that come later learn first; a learner becomes
/// a voter while there are fewer than `registry.voters_max`, or in the place of a voter that has
/// been away for `registry.replace_after`. While a voter is away nobody is added beside it: one
/// voter more would only raise the majority.
///
/// Being away takes no vote: a member that comes back in time votes as before. One that was
/// replaced, or was cut off while the voters changed, hears no leader and asks to be let in again.
///
/// Confined to the minder's thread, which looks once a second; the engine's answers come on others.
final class Electorate {
  private static final Logger log = LoggerFactory.getLogger(Electorate.class);

  /// A learner that nobody has registered and that has not been here for so many looks was refused
  /// or gave up: its replica is given up as well.
  private static final int STRANGER_LOOKS = 10;

  private record Seat(String group, Address address) {}

  private final Map<String, RaftConsensus> groups;
  private final RegistrySettings settings;
  private final Links links;
  private final Address self;
  private final Membership membership;
  private final Bootstrap bootstrap;
  private final ScheduledExecutorService minder;
  private final Map<Seat, Integer> strangers = new HashMap<>();

  /// When a voter was first seen to be away.
  private final Map<Seat, Long> awaySince = new HashMap<>();

  /// Learners that are being made voters: neither any more, nor the other yet.
  private final Set<Seat> promoted = ConcurrentHashMap.newKeySet();

  /// Set once this member gives up its votes: it asks to be let in no more.
  private volatile boolean leaving;

  /// @param groups of this process, by name; may change
  Electorate(
      Map<String, RaftConsensus> groups,
      RegistrySettings settings,
      Links links,
      Membership membership,
      Bootstrap bootstrap,
      ScheduledExecutorService minder) {
    this.groups = groups;
    this.settings = settings;
    this.links = links;
    this.self = links.listening();
    this.membership = membership;
    this.bootstrap = bootstrap;
    this.minder = minder;
  }

  static PeerId peer(Address a) {
    return new PeerId(a.host(), a.port());
  }

  // --- for this member

  /// From now on this member does not ask to be let in. Safe on any thread.
  void leaving() {
    leaving = true;
  }

  /// Asks to be let in, again and again until this member is registered, after which nobody drops
  /// it. What its own log says about that is believed only while a leader is heard: whoever was
  /// dropped is not told.
  void askIn(String name) {
    RaftConsensus c = groups.get(name);
    if (c == null || leaving) return;
    Consensus.View v = c.view();
    boolean in = v.quorum() && (v.voters().contains(self) || v.learners().contains(self));
    if (in && bootstrap.registered(self)) return;
    if (!in) ask(name);
    minder.schedule(() -> askIn(name), 1, TimeUnit.SECONDS);
  }

  private void ask(String name) {
    byte[] group = name.getBytes(StandardCharsets.UTF_8);
    byte[] request = ByteBuffer.allocate(1 + group.length).put(RaftGroups.ADMIT).put(group).array();
    for (LinkPeer peer : links.peers()) {
      links
          .call(peer.address(), LinkChannel.REGISTRY, request, settings.proposalTimeout())
          .exceptionally(_ -> new byte[0]);
    }
  }

  // --- for the groups that this member leads

  /// Takes a member in as a learner of a group, if this one leads it.
  byte[] admit(String group, Address newcomer) {
    RaftConsensus c = groups.get(group);
    if (c == null || !c.leads()) return new byte[0];
    Consensus.View v = c.view();
    if (v.voters().contains(newcomer) || v.learners().contains(newcomer)) return new byte[0];
    if (promoted.contains(new Seat(group, newcomer))) return new byte[0];
    log.info("raft_learner group={} member={}", group, newcomer);
    c.engine().addLearners(List.of(peer(newcomer)), status -> {});
    return new byte[0];
  }

  /// One look.
  void tend() {
    try {
      awaySince.keySet().removeIf(s -> !leads(s.group));
      for (RaftConsensus c : groups.values()) {
        if (!c.hasStarted()) continue;
        Consensus.View v = c.view();
        if (c.leads()) tend(c, v);
        else if (!v.quorum() && !leaving) ask(v.group());
      }
      dropStrangers();
    } catch (RuntimeException e) {
      log.error("raft_minder_failed", e);
    }
  }

  private boolean leads(String group) {
    RaftConsensus c = groups.get(group);
    return c != null && c.leads();
  }

  private void tend(RaftConsensus c, Consensus.View v) {
    List<Address> away = away(v);
    if (promoting(v.group())) {
      // The engine notices that a peer has caught up when it answers to an entry. Where it answered
      // before the engine waited for that, another entry is needed, and nobody may be writing.
      c.appendNothing();
      return;
    }
    Address next = standbys(v).findFirst().orElse(null);
    if (next == null) return;
    if (away.isEmpty()) {
      if (v.voters().size() < settings.votersMax()) promote(c, v, next, null);
      return;
    }
    long now = System.nanoTime();
    for (Address a : away) {
      long since = awaySince.getOrDefault(new Seat(v.group(), a), now);
      if (now - since < settings.replaceAfter().toNanos()) continue;
      promote(c, v, next, a);
      return;
    }
  }

  /// Whether somebody is being made a voter of a group.
  boolean promoting(String group) {
    return promoted.stream().anyMatch(s -> s.group.equals(group));
  }

  /// Learners that could vote.
  Stream<Address> standbys(Consensus.View v) {
    return v.learners().stream().filter(this::mayVote);
  }

  /// Voters that are not here, and since when.
  private List<Address> away(Consensus.View v) {
    List<Address> away = new ArrayList<>();
    for (Address voter : v.voters()) {
      Seat seat = new Seat(v.group(), voter);
      if (voter.equals(self) || here(voter)) {
        awaySince.remove(seat);
      } else {
        awaySince.putIfAbsent(seat, System.nanoTime());
        away.add(voter);
      }
    }
    awaySince.keySet().removeIf(s -> s.group.equals(v.group()) && !away.contains(s.address));
    return away;
  }

  /// Makes a learner a voter, in the place of another one if that is given. Two steps: the engine
  /// knows no way from one to the other.
  ///
  /// @return completes with what came of it; where it failed the learner learns on
  CompletableFuture<Status> promote(
      RaftConsensus c, Consensus.View v, Address next, @Nullable Address instead) {
    CompletableFuture<Status> outcome = new CompletableFuture<>();
    Seat seat = new Seat(v.group(), next);
    log.info("raft_promote group={} member={} instead_of={}", v.group(), next, instead);
    List<PeerId> ids = List.of(peer(next));
    promoted.add(seat);
    Closure done =
        added -> {
          promoted.remove(seat);
          if (!added.isOk()) {
            log.warn("raft_promote_failed member={} reason=\"{}\"", next, added);
            c.engine().addLearners(ids, _ -> {});
          }
          outcome.complete(added);
        };
    c.engine()
        .removeLearners(
            ids,
            removed -> {
              if (!removed.isOk()) {
                promoted.remove(seat);
                outcome.complete(removed);
              } else if (instead == null) {
                c.engine().addPeer(ids.getFirst(), done);
              } else {
                c.engine().changePeers(replaced(v, next, instead), done);
              }
            });
    return outcome;
  }

  /// The voters and learners once `next` has the place of `instead`.
  private static Configuration replaced(Consensus.View v, Address next, Address instead) {
    List<Address> voters = new ArrayList<>(v.voters());
    voters.remove(instead);
    voters.add(next);
    List<Address> learners = new ArrayList<>(v.learners());
    learners.remove(next);
    return new Configuration(peers(voters), peers(learners));
  }

  private static List<PeerId> peers(Collection<Address> addresses) {
    return addresses.stream().map(Electorate::peer).toList();
  }

  private void dropStrangers() {
    Map<Seat, Integer> before = Map.copyOf(strangers);
    strangers.clear();
    for (RaftConsensus c : groups.values()) {
      if (!c.leads()) continue;
      for (Address learner : c.view().learners()) {
        if (bootstrap.registered(learner) || here(learner)) continue;
        Seat stranger = new Seat(c.view().group(), learner);
        int looks = before.getOrDefault(stranger, 0) + 1;
        strangers.put(stranger, looks);
        if (looks < STRANGER_LOOKS) continue;
        log.info("raft_stranger_dropped group={} member={}", stranger.group, learner);
        c.engine().removeLearners(List.of(peer(learner)), _ -> {});
      }
    }
  }

  /// Removes a member from the groups that this one leads.
  byte[] forget(Address gone) {
    PeerId id = peer(gone);
    for (RaftConsensus c : groups.values()) {
      if (!c.leads() || gone.equals(self)) continue;
      Consensus.View v = c.view();
      log.info("raft_forget group={} member={}", v.group(), gone);
      if (v.voters().contains(gone)) {
        c.engine()
            .removePeer(
                id,
                done -> {
                  if (!done.isOk()) log.warn("raft_forget_failed member={} why={}", gone, done);
                });
      } else if (v.learners().contains(gone)) {
        c.engine().removeLearners(List.of(id), _ -> {});
      }
    }
    return new byte[0];
  }

  boolean here(Address member) {
    return membership.present().stream().anyMatch(m -> m.address().equals(member));
  }

  /// A member that is not registered yet may still find that it must not be one, and go: with a
  /// vote it would be missed.
  private boolean mayVote(Address learner) {
    return bootstrap.registered(learner)
        && membership.present().stream()
            .anyMatch(m -> m.address().equals(learner) && m.roles().contains(Role.CONTROL));
  }
}
