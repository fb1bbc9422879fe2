package io.muster.registry.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.registry.driver.LeaveVerdict.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This member's own way out of the groups: one after the other, each until its leader says that it
/// is done. Blocks its caller; one at a time. Repeating it is harmless: who has no part in a group
/// is gone.
final class Leaving {
  private static final Logger log = LoggerFactory.getLogger(Leaving.class);
  private static final Duration CHECK = Duration.ofSeconds(10);
  private static final long AGAIN_NANOS = 100_000_000;

  /// A change of voters may have to wait for one that catches up.
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private final Map<String, RaftConsensus> groups;
  private final Links links;
  private final Address self;
  private final Electorate electorate;
  private final Discharge discharge;

  /// @param groups of this process, by name; may change
  Leaving(
      Map<String, RaftConsensus> groups, Links links, Electorate electorate, Discharge discharge) {
    this.groups = groups;
    this.links = links;
    this.self = links.listening();
    this.electorate = electorate;
    this.discharge = discharge;
  }

  /// Asks whether the others can do without this member, changing nothing.
  ///
  /// @throws MusterException `leave_refused`; `no_quorum` when nobody could say
  void check(List<String> names) {
    for (String group : names) {
      LeaveVerdict v = until(group, false, System.nanoTime() + CHECK.toNanos());
      if (v.kind() == Kind.REFUSED) throw new MusterException(ErrorCode.LEAVE_REFUSED, v.why());
      if (!v.decided()) {
        throw new MusterException(
            ErrorCode.NO_QUORUM,
            group + ": " + v.why() + "; the member goes on as before, try again later");
      }
    }
  }

  /// Leaves the groups in order, then has somebody else strike this member from the registered.
  ///
  /// @param limit for all of it
  /// @throws MusterException `leave_incomplete`, saying how far it came
  void go(List<String> names, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    electorate.leaving();
    List<String> left = new ArrayList<>();
    for (String group : names) {
      LeaveVerdict v = until(group, true, deadline);
      if (v.kind() != Kind.GONE) throw incomplete(left, "it is in " + group + " still: " + v.why());
      log.info("raft_left group={}", group);
      left.add(group);
    }
    while (!struck()) {
      if (System.nanoTime() - deadline > 0) {
        throw incomplete(left, "it is registered still: no other member confirmed");
      }
      LockSupport.parkNanos(AGAIN_NANOS);
    }
  }

  private static MusterException incomplete(List<String> left, String why) {
    return new MusterException(
        ErrorCode.LEAVE_INCOMPLETE,
        "the member has left "
            + (left.isEmpty() ? "no group" : String.join(", ", left))
            + ", but "
            + why
            + ". Its door stays closed; run `muster leave` again, or restart it to let it back in");
  }

  private LeaveVerdict until(String group, boolean go, long deadline) {
    LeaveVerdict latest = LeaveVerdict.later("it has no leader that answers");
    while (true) {
      RaftConsensus c = groups.get(group);
      if (go && c != null && c.leads()) c.transferLeadership().join();
      LeaveVerdict v = ask(group, go);
      if (v.decided()) return v;
      if (v.kind() == Kind.LATER) latest = v;
      if (System.nanoTime() - deadline > 0) return latest;
      LockSupport.parkNanos(AGAIN_NANOS);
    }
  }

  /// Asks everybody, for who leads may have changed: one of them knows.
  private LeaveVerdict ask(String group, boolean go) {
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    byte[] request =
        ByteBuffer.allocate(2 + name.length)
            .put(RaftGroups.LEAVE)
            .put((byte) (go ? 1 : 0))
            .put(name)
            .array();
    Stream<CompletableFuture<LeaveVerdict>> others =
        links.peers().stream()
            .map(LinkPeer::address)
            .map(
                peer ->
                    links
                        .call(peer, LinkChannel.REGISTRY, request, ANSWER)
                        .thenApply(LeaveVerdict::decode));
    List<CompletableFuture<LeaveVerdict>> answers =
        Stream.concat(Stream.of(discharge.asked(group, self, go)), others)
            .map(f -> f.exceptionally(_ -> LeaveVerdict.of(Kind.NOT_LEADER)))
            .toList();
    CompletableFuture<LeaveVerdict> first = new CompletableFuture<>();
    for (CompletableFuture<LeaveVerdict> a : answers) {
      a.thenAccept(
          v -> {
            if (v.decided()) first.complete(v);
          });
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenRun(
            () ->
                first.complete(
                    answers.stream()
                        .map(CompletableFuture::join)
                        .max(Comparator.comparing(LeaveVerdict::kind))
                        .orElse(LeaveVerdict.of(Kind.NOT_LEADER))));
    return first.join();
  }

  /// Whether somebody else, who has the registry, has taken this member from it.
  private boolean struck() {
    for (LinkPeer peer : links.peers()) {
      boolean done =
          links
              .call(peer.address(), LinkChannel.REGISTRY, new byte[] {RaftGroups.LEFT}, ANSWER)
              .handle((_, e) -> e == null)
              .completeOnTimeout(false, ANSWER.toSeconds(), TimeUnit.SECONDS)
              .join();
      if (done) return true;
    }
    return false;
  }
}
