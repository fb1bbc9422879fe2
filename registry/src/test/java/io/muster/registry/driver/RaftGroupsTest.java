package io.muster.registry.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.Secret;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkSettings;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.KnownMembers;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.registry.Consensus;
import io.muster.registry.Outcome;
import io.muster.registry.RegistrySettings;
import io.muster.registry.ReplicatedState;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftGroupsTest {
  private static final Random RANDOM = new Random();
  private final List<Replica> replicas = new ArrayList<>();
  private final List<Member> present = new CopyOnWriteArrayList<>();
  private final Set<String> unregistered = ConcurrentHashMap.newKeySet();
  private final Set<MemberId> struck = ConcurrentHashMap.newKeySet();
  private int votersMax = 5;
  private long snapshotLogBytes = 256 << 20;
  private Duration replaceAfter = Duration.ofMinutes(1);
  @TempDir Path dir;

  private Optional<MemberId> registered(Address address) {
    return present.stream()
        .filter(m -> m.address().equals(address) && !unregistered.contains(m.name()))
        .map(Member::id)
        .findFirst();
  }

  /// A list of texts, forgotten at restart: the log brings it back.
  private static final class Lines implements ReplicatedState {
    final List<String> lines = new CopyOnWriteArrayList<>();
    volatile long applied;

    @Override
    public long appliedIndex() {
      return applied;
    }

    @Override
    public byte[][] apply(long index, byte[][] commands) {
      byte[][] results = new byte[commands.length][];
      for (int i = 0; i < commands.length; i++) {
        lines.add(new String(commands[i], StandardCharsets.UTF_8));
        results[i] = ("at " + lines.size()).getBytes(StandardCharsets.UTF_8);
      }
      applied = index;
      return results;
    }

    @Override
    public long save(Path directory) throws IOException {
      Files.writeString(directory.resolve("lines"), applied + "\n" + String.join("\n", lines));
      return applied;
    }

    @Override
    public void load(Path directory) throws IOException {
      List<String> all = Files.readAllLines(directory.resolve("lines"));
      applied = Long.parseLong(all.getFirst());
      lines.clear();
      lines.addAll(all.subList(1, all.size()));
    }
  }

  private final class Replica {
    final String name;
    final MemberId id;
    final int port;
    final Lines state = new Lines();
    final LinkNetwork links;
    final RaftGroups groups;
    CompletableFuture<Consensus> starting;

    Replica(String name, MemberId id, int port, boolean seed, int expect) {
      this.name = name;
      this.id = id;
      LinkSettings s =
          new LinkSettings(
              "127.0.0.1",
              port,
              Optional.empty(),
              Optional.empty(),
              8 << 20,
              64 << 20,
              Duration.ofSeconds(3),
              Duration.ofSeconds(1),
              Duration.ofSeconds(5),
              10_000);
      links =
          new LinkNetwork(
              s,
              new LinkIdentity("blue", id, name, System.currentTimeMillis()),
              List.of(new Secret("a secret for tests")));
      links.start();
      this.port = links.listening().port();
      Member self =
          new Member(
              id,
              name,
              1,
              Set.of(Role.CONTROL),
              "s",
              links.listening(),
              Map.of(),
              MemberState.ALIVE);
      present.removeIf(m -> m.id().equals(id));
      present.add(self);
      for (Member m : present) links.keep(m.address());
      RegistrySettings r =
          new RegistrySettings(
              seed,
              expect,
              List.of(),
              votersMax,
              replaceAfter,
              Duration.ofMillis(400),
              Duration.ofSeconds(4),
              Duration.ofMinutes(1),
              Duration.ofMinutes(10),
              snapshotLogBytes);
      groups = new RaftGroups(r, dir.resolve(name), links, new KnownMembers(self, present));
      groups.identify(RaftGroupsTest.this::registered);
      groups.onLeft(
          gone -> {
            struck.add(gone);
            return CompletableFuture.completedFuture(null);
          });
      starting = groups.start("g", state);
      replicas.add(this);
    }

    Consensus consensus() throws Exception {
      return starting.get(30, TimeUnit.SECONDS);
    }

    void stop() {
      groups.close();
      links.close();
      replicas.remove(this);
      present.removeIf(m -> m.id().equals(id));
    }
  }

  @AfterEach
  void stop() {
    for (Replica r : List.copyOf(replicas)) r.stop();
  }

  private Replica start(String name, boolean seed, int expect) {
    return new Replica(name, MemberId.random(RANDOM), 0, seed, expect);
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) throw new AssertionError("not in time: " + what);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static Outcome propose(Consensus c, String text) throws Exception {
    return c.propose(text.getBytes(StandardCharsets.UTF_8)).get(20, TimeUnit.SECONDS);
  }

  private Replica leader() {
    Replica[] found = new Replica[1];
    await(
        "a leader",
        () -> {
          for (Replica r : replicas) {
            if (r.starting.isDone()
                && r.starting.join().view().role() == Consensus.View.Role.LEADER) {
              found[0] = r;
            }
          }
          return found[0] != null;
        });
    return found[0];
  }

  @Test
  void aSeedAloneCommitsAndRemembersAcrossARestart() throws Exception {
    Replica one = start("one", true, 0);
    for (int i = 0; i < 100; i++) {
      assertThat(propose(one.consensus(), "line " + i)).isInstanceOf(Outcome.Committed.class);
    }
    assertThat(one.consensus().canReadNow()).isTrue();
    int port = one.port;
    one.stop();

    Replica again = new Replica("one", one.id, port, true, 0);
    again.consensus();

    assertThat(again.state.lines).hasSize(100).endsWith("line 99");
  }

  @Test
  void aLogThatHasGrownIsShortenedAndTheRestBringsItBack() throws Exception {
    snapshotLogBytes = 1 << 20;
    Replica one = start("one", true, 0);
    String large = "x".repeat(100_000);
    Path oldest = dir.resolve("one/g/log/%020d.log".formatted(1));
    int[] lines = {0};
    Eventually.within(
        Duration.ofSeconds(60),
        "the oldest file has gone",
        () -> {
          Outcome outcome = propose(one.consensus(), lines[0]++ + large);
          return outcome instanceof Outcome.Committed && !Files.exists(oldest);
        });
    int port = one.port;
    one.stop();

    Replica again = new Replica("one", one.id, port, true, 0);
    again.consensus();

    assertThat(again.state.lines).hasSize(lines[0]).endsWith(lines[0] - 1 + large);
  }

  @Test
  void threeFoundTogetherAndAnswerOnEveryMemberInOrder() throws Exception {
    for (String n : List.of("a", "b", "c")) start(n, false, 3);
    for (Replica r : replicas) {
      List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        outcomes.add(r.consensus().propose((r.name + i).getBytes(StandardCharsets.UTF_8)));
      }
      for (CompletableFuture<Outcome> o : outcomes) {
        assertThat(o.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Committed.class);
      }
    }

    for (Replica r : replicas) {
      r.consensus().readBarrier().get(10, TimeUnit.SECONDS);
      assertThat(r.state.lines).hasSize(600);
      assertThat(r.state.lines.stream().filter(l -> l.startsWith("b")).toList())
          .containsExactly(
              java.util.stream.IntStream.range(0, 200)
                  .mapToObj(i -> "b" + i)
                  .toArray(String[]::new));
      assertThat(r.consensus().view().voters()).hasSize(3);
    }
  }

  @Test
  void theOthersGoOnWithoutTheLeaderAndTellWhenNoMajorityIsLeft() throws Exception {
    for (String n : List.of("a", "b", "c")) start(n, false, 3);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica old = leader();
    propose(old.consensus(), "before");

    old.stop();

    Replica rest = replicas.getFirst();
    await(
        "a new leader commits",
        () -> {
          try {
            return propose(rest.consensus(), "after") instanceof Outcome.Committed;
          } catch (Exception e) {
            return false;
          }
        });
    // Its leader may answer before it has applied the line itself.
    await("it has the line", () -> rest.state.lines.contains("after"));
    assertThat(rest.state.lines).startsWith("before").endsWith("after");

    replicas.get(1).stop();
    Outcome alone = propose(rest.consensus(), "alone");
    assertThat(alone).isNotInstanceOf(Outcome.Committed.class);
  }

  @Test
  void aLaterMemberLearnsAndIsMadeAVoter() throws Exception {
    Replica one = start("one", true, 0);
    propose(one.consensus(), "first");

    Replica two = start("two", false, 0);
    two.consensus();

    await("two has the line", () -> two.state.lines.contains("first"));
    await("two votes", () -> one.starting.join().view().voters().size() == 2);
    assertThat(propose(two.consensus(), "second")).isInstanceOf(Outcome.Committed.class);
    assertThat(two.consensus().view().leader()).contains(new Address("127.0.0.1", one.port));
  }

  @Test
  void aLaterMemberHasNoVoteUntilItIsRegisteredAndIsDroppedWhenItGoesBeforeAndMayComeBack()
      throws Exception {
    Replica one = start("one", true, 0);
    propose(one.consensus(), "first");
    unregistered.add("two");
    Replica two = start("two", false, 0);
    two.consensus();
    Address refused = new Address("127.0.0.1", two.port);
    await("two learns", () -> one.starting.join().view().learners().contains(refused));
    Replica three = start("three", false, 0);
    await("three votes", () -> one.starting.join().view().voters().size() == 2);

    assertThat(one.consensus().view().voters()).doesNotContain(refused);
    two.stop();

    await("two is dropped", () -> one.starting.join().view().learners().isEmpty());
    assertThat(propose(one.consensus(), "second")).isInstanceOf(Outcome.Committed.class);
    assertThat(three.consensus().view().voters()).hasSize(2);

    unregistered.clear();
    Replica again = new Replica("two", two.id, two.port, false, 0);
    again.consensus();
    await("two votes", () -> one.starting.join().view().voters().size() == 3);
  }

  @Test
  void aStandbyTakesThePlaceOfAVoterThatIsAwayWhichLearnsWhenItComesBack() throws Exception {
    votersMax = 3;
    replaceAfter = Duration.ofSeconds(1);
    for (String n : List.of("a", "b", "c")) start(n, false, 3);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica standby = start("d", false, 0);
    standby.consensus();
    Replica leader = leader();
    Address place = new Address("127.0.0.1", standby.port);
    await("d learns", () -> leader.starting.join().view().learners().contains(place));
    Replica lost =
        replicas.stream().filter(r -> r != leader && r != standby).findFirst().orElseThrow();
    Address away = new Address("127.0.0.1", lost.port);

    lost.stop();
    await(
        "d votes in its place",
        () -> {
          List<Address> voters = leader.starting.join().view().voters();
          return voters.size() == 3 && voters.contains(place) && !voters.contains(away);
        });
    assertThat(propose(leader.consensus(), "with d")).isInstanceOf(Outcome.Committed.class);

    Replica second =
        replicas.stream().filter(r -> r != leader && r != standby).findFirst().orElseThrow();
    second.stop();
    assertThat(propose(leader.consensus(), "two of three")).isInstanceOf(Outcome.Committed.class);

    Replica again = new Replica(lost.name, lost.id, lost.port, false, 3);
    again.consensus();
    await("it has what it missed", () -> again.state.lines.contains("two of three"));
    // The other one is away still, so it votes before long.
    await(
        "it votes again",
        () -> {
          List<Address> voters = leader.starting.join().view().voters();
          return voters.size() == 3 && voters.contains(away);
        });
  }

  /// The voters of the group, as its leader knows them.
  private Set<Address> voters() {
    return Set.copyOf(leader().starting.join().view().voters());
  }

  private static Address place(Replica r) {
    return new Address("127.0.0.1", r.port);
  }

  /// Lines written without a pause, each of which must be found later once it is acknowledged.
  private final class Writer implements AutoCloseable {
    final List<String> acknowledged = new CopyOnWriteArrayList<>();
    private final AtomicBoolean running = new AtomicBoolean(true);
    private final Thread thread;

    Writer(Replica through) {
      thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; running.get(); i++) {
                      String line = through.name + " writes " + i;
                      try {
                        if (propose(through.consensus(), line) instanceof Outcome.Committed) {
                          acknowledged.add(line);
                        }
                      } catch (Exception e) {
                        // Not acknowledged.
                      }
                    }
                  });
    }

    void more(int lines) {
      int goal = acknowledged.size() + lines;
      await(lines + " more lines", () -> acknowledged.size() >= goal);
    }

    @Override
    public void close() throws InterruptedException {
      running.set(false);
      thread.join();
    }
  }

  @Test
  void aFollowerAndALeaderLeaveUnderLoadAndNothingAcknowledgedIsLost() throws Exception {
    for (String n : List.of("a", "b", "c", "d")) start(n, false, 4);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica leader = leader();
    List<Replica> followers = replicas.stream().filter(r -> r != leader).toList();
    Replica stays = followers.get(0);
    Replica follower = followers.get(1);
    List<String> acknowledged;
    try (Writer writer = new Writer(stays)) {
      writer.more(50);

      follower.groups.mayLeave();
      follower.groups.leave(Duration.ofSeconds(20));
      assertThat(voters()).hasSize(3).doesNotContain(place(follower));
      follower.stop();
      writer.more(50);

      leader.groups.mayLeave();
      leader.groups.leave(Duration.ofSeconds(20));
      assertThat(voters()).hasSize(2).doesNotContain(place(leader));
      // Again: it is gone already.
      leader.groups.leave(Duration.ofSeconds(20));
      leader.stop();
      writer.more(50);
      acknowledged = writer.acknowledged;
    }
    assertThat(struck).containsExactlyInAnyOrder(follower.id, leader.id);
    for (Replica r : replicas) {
      r.consensus().readBarrier().get(10, TimeUnit.SECONDS);
      assertThat(r.state.lines).containsAll(acknowledged);
    }
  }

  @Test
  void aMemberThatLeftStaysOutWhileItRuns() throws Exception {
    for (String n : List.of("a", "b", "c")) start(n, false, 3);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica leader = leader();
    Replica leaves = replicas.stream().filter(r -> r != leader).findFirst().orElseThrow();

    leaves.groups.leave(Duration.ofSeconds(20));
    await(
        "it hears no leader",
        () -> !leaves.starting.join().view().quorum() && leader.starting.join().view().quorum());
    // Two looks of its minder, which asks in whoever hears nobody.
    long until = System.nanoTime() + 2_500_000_000L;
    await("two looks", () -> System.nanoTime() > until);

    Consensus.View v = leader.consensus().view();
    assertThat(v.voters()).hasSize(2).doesNotContain(place(leaves));
    assertThat(v.learners()).isEmpty();
  }

  @Test
  void aStandbyTakesTheVoteOfAMemberThatLeaves() throws Exception {
    votersMax = 3;
    for (String n : List.of("a", "b", "c")) start(n, false, 3);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica standby = start("d", false, 0);
    standby.consensus();
    Replica leader = leader();
    await("d learns", () -> leader.starting.join().view().learners().contains(place(standby)));

    leader.groups.mayLeave();
    leader.groups.leave(Duration.ofSeconds(20));

    assertThat(voters()).hasSize(3).contains(place(standby)).doesNotContain(place(leader));
    leader.stop();
    Replica second = replicas.stream().filter(r -> r != standby).findFirst().orElseThrow();
    second.stop();
    assertThat(propose(standby.consensus(), "two of three")).isInstanceOf(Outcome.Committed.class);
  }

  @Test
  void aMemberMayNotLeaveWhenTheOthersCouldNotGoOn() throws Exception {
    for (String n : List.of("a", "b", "c")) start(n, false, 3);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica leader = leader();
    Replica away = replicas.stream().filter(r -> r != leader).findFirst().orElseThrow();
    Replica leaves =
        replicas.stream().filter(r -> r != leader && r != away).findFirst().orElseThrow();
    away.stop();

    for (Replica r : List.of(leaves, leader)) {
      assertThatThrownBy(r.groups::mayLeave)
          .isInstanceOfSatisfying(
              MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LEAVE_REFUSED))
          .hasMessageContaining("away")
          .hasMessageContaining("muster members forget");
    }
    assertThat(propose(leaves.consensus(), "as before")).isInstanceOf(Outcome.Committed.class);

    // Once it is forgotten two are left, and one of them may go.
    leaves.groups.forget(place(away)).get(10, TimeUnit.SECONDS);
    await("two vote", () -> leader.starting.join().view().voters().size() == 2);
    leaves.groups.mayLeave();
    leaves.groups.leave(Duration.ofSeconds(20));
    leaves.stop();
    assertThat(propose(leader.consensus(), "alone")).isInstanceOf(Outcome.Committed.class);

    assertThatThrownBy(leader.groups::mayLeave)
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LEAVE_REFUSED))
        .hasMessageContaining("last voter");
  }

  @Test
  void aLeaveThatIsNotConfirmedSaysHowFarItCame() throws Exception {
    for (String n : List.of("a", "b")) start(n, false, 2);
    for (Replica r : List.copyOf(replicas)) r.consensus();
    Replica leader = leader();
    Replica other = replicas.stream().filter(r -> r != leader).findFirst().orElseThrow();
    leader.stop();

    assertThatThrownBy(() -> other.groups.leave(Duration.ofMillis(300)))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LEAVE_INCOMPLETE))
        .hasMessageContaining("left no group")
        .hasMessageContaining("it is in g still");
  }
}
