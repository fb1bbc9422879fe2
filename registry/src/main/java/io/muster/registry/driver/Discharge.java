package io.muster.registry.driver;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import io.muster.kernel.Address;
import io.muster.link.LinkChannel;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.registry.Consensus;
import io.muster.registry.RegistrySettings;
import io.muster.registry.driver.LeaveVerdict.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Relieves members that want to leave of their vote, in the groups that this member leads.
///
/// The vote is taken only when a majority of those who vote afterwards is here and has applied
/// what is committed: neither while the change is under way nor after it would writes have to wait
/// for somebody. A learner that may vote takes the place in the same step. One change of a group at
/// a time, which the engine sees to.
///
/// Decides on the minder's thread; answers come on others.
final class Discharge {
  private static final Logger log = LoggerFactory.getLogger(Discharge.class);
  private final Map<String, RaftConsensus> groups;
  private final RegistrySettings settings;
  private final Links links;
  private final Address self;
  private final Membership membership;
  private final Electorate electorate;
  private final ScheduledExecutorService minder;

  /// Learners that could not take a leaving voter's place in time, by group: the vote then ends
  /// without an heir, if the others can do without. Minder's thread only.
  private final Set<Heir> unfit = new HashSet<>();

  private record Heir(String group, Address address) {}

  /// @param groups of this process, by name; may change
  Discharge(
      Map<String, RaftConsensus> groups,
      RegistrySettings settings,
      Links links,
      Membership membership,
      Electorate electorate,
      ScheduledExecutorService minder) {
    this.groups = groups;
    this.settings = settings;
    this.links = links;
    this.self = links.listening();
    this.membership = membership;
    this.electorate = electorate;
    this.minder = minder;
  }

  /// Whether `leaver` may leave a group, or, with `go`, has left it.
  CompletableFuture<LeaveVerdict> asked(String group, Address leaver, boolean go) {
    RaftConsensus c = groups.get(group);
    if (c == null || !c.leads()) return done(LeaveVerdict.of(Kind.NOT_LEADER));
    // Confirms that it leads: a leader that was cut off knows old voters.
    return c.readBarrier()
        .handle((_, e) -> e == null)
        .thenComposeAsync(
            leads ->
                leads
                    ? judge(c, leaver, go)
                    : done(LeaveVerdict.later("its leader hears no majority")),
            minder);
  }

  private static CompletableFuture<LeaveVerdict> done(LeaveVerdict verdict) {
    return CompletableFuture.completedFuture(verdict);
  }

  private CompletableFuture<LeaveVerdict> judge(RaftConsensus c, Address leaver, boolean go) {
    if (!c.leads()) return done(LeaveVerdict.of(Kind.NOT_LEADER));
    Consensus.View v = c.view();
    if (electorate.promoting(v.group())) {
      return done(LeaveVerdict.later("a learner is being made a voter"));
    }
    if (v.learners().contains(leaver)) {
      return go ? dropLearner(c, leaver) : done(LeaveVerdict.of(Kind.MAY));
    }
    if (!v.voters().contains(leaver)) return settled(c, v);
    return confirmed(c, v, leaver, go);
  }

  /// It has no part; a change that said so may be under way still, and then the engine is busy.
  private CompletableFuture<LeaveVerdict> settled(RaftConsensus c, Consensus.View v) {
    CompletableFuture<LeaveVerdict> verdict = new CompletableFuture<>();
    Configuration same = new Configuration(peers(v.voters()), peers(v.learners()));
    c.engine().changePeers(same, status -> verdict.complete(gone(v.group(), status)));
    return verdict;
  }

  private static List<PeerId> peers(List<Address> addresses) {
    return addresses.stream().map(Electorate::peer).toList();
  }

  private CompletableFuture<LeaveVerdict> dropLearner(RaftConsensus c, Address leaver) {
    log.info("raft_leaves group={} member={} vote=false", c.name(), leaver);
    CompletableFuture<LeaveVerdict> verdict = new CompletableFuture<>();
    c.engine()
        .removeLearners(
            List.of(Electorate.peer(leaver)), status -> verdict.complete(gone(c.name(), status)));
    return verdict;
  }

  private LeaveVerdict gone(String group, Status status) {
    if (!status.isOk()) return LeaveVerdict.later(String.valueOf(status.getErrorMsg()));
    minder.execute(() -> unfit.removeIf(h -> h.group.equals(group)));
    return LeaveVerdict.of(Kind.GONE);
  }

  // --- a voter

  private CompletableFuture<LeaveVerdict> confirmed(
      RaftConsensus c, Consensus.View v, Address leaver, boolean go) {
    List<Address> rest = new ArrayList<>(v.voters());
    rest.remove(leaver);
    List<Address> heirs =
        electorate
            .standbys(v)
            .filter(a -> !a.equals(leaver) && !unfit.contains(new Heir(v.group(), a)))
            .limit(1)
            .toList();
    List<Address> next = Stream.concat(rest.stream(), heirs.stream()).toList();
    if (next.isEmpty()) {
      return done(
          new LeaveVerdict(
              Kind.REFUSED,
              "it is the last voter of "
                  + v.group()
                  + ": nobody else would keep what it keeps. `muster stop` stops it"));
    }
    List<Address> here = next.stream().filter(a -> a.equals(self) || electorate.here(a)).toList();
    int needed = next.size() / 2 + 1;
    if (here.size() < needed) {
      List<Address> away = next.stream().filter(a -> !here.contains(a)).toList();
      return done(new LeaveVerdict(Kind.REFUSED, withoutMajority(v.group(), next, away, needed)));
    }
    List<CompletableFuture<Boolean>> answers =
        here.stream().map(a -> caughtUp(v.group(), a)).toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenComposeAsync(
            _ -> {
              List<Address> behind = new ArrayList<>();
              for (int i = 0; i < here.size(); i++) {
                if (!answers.get(i).join()) behind.add(here.get(i));
              }
              if (here.size() - behind.size() < needed) {
                return done(
                    LeaveVerdict.later(names(behind) + " has not caught up with " + v.group()));
              }
              if (!go) return done(LeaveVerdict.of(Kind.MAY));
              return discharge(c, leaver, heirs.stream().filter(h -> !behind.contains(h)).toList());
            },
            minder);
  }

  /// Whether a member has applied all that was committed when it was asked.
  private CompletableFuture<Boolean> caughtUp(String group, Address member) {
    if (member.equals(self)) return CompletableFuture.completedFuture(true);
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    byte[] request =
        ByteBuffer.allocate(1 + name.length).put(RaftGroups.CAUGHT_UP).put(name).array();
    return links
        .call(member, LinkChannel.REGISTRY, request, settings.proposalTimeout())
        .handle((_, e) -> e == null);
  }

  private CompletableFuture<LeaveVerdict> discharge(
      RaftConsensus c, Address leaver, List<Address> heirs) {
    if (!c.leads()) return done(LeaveVerdict.of(Kind.NOT_LEADER));
    Consensus.View v = c.view();
    // A leader hands over first, if there is anybody.
    if (leaver.equals(self) && v.voters().size() > 1) {
      return done(LeaveVerdict.later("it leads still"));
    }
    log.info("raft_leaves group={} member={} vote=true heirs={}", v.group(), leaver, heirs);
    if (heirs.isEmpty()) {
      CompletableFuture<LeaveVerdict> verdict = new CompletableFuture<>();
      c.engine()
          .removePeer(Electorate.peer(leaver), status -> verdict.complete(gone(v.group(), status)));
      return verdict;
    }
    return electorate
        .promote(c, v, heirs.getFirst(), leaver)
        .thenApplyAsync(
            status -> {
              if (!status.isOk()) unfit.add(new Heir(v.group(), heirs.getFirst()));
              return gone(v.group(), status);
            },
            minder);
  }

  private String withoutMajority(String group, List<Address> next, List<Address> away, int needed) {
    return "without it "
        + group
        + " has the voters "
        + names(next)
        + " and needs "
        + needed
        + " of them, but "
        + names(away)
        + (away.size() == 1 ? " is" : " are")
        + " away. Bring back who is away, or run `muster members forget` for who will not come"
        + " back, then leave";
  }

  private String names(List<Address> addresses) {
    return addresses.stream()
        .map(
            a ->
                membership.members().stream()
                    .filter(m -> m.address().equals(a))
                    .map(Member::name)
                    .findFirst()
                    .orElse(a.toString()))
        .collect(Collectors.joining(", "));
  }
}
