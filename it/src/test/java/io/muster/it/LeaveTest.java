package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `muster leave` while clients write: nothing acknowledged is lost, and those who stay are as safe
/// as their number says.
class LeaveTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final List<String> GROUPS = List.of("meta", "data-0");
  private final RegisterLoad load = new RegisterLoad();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  /// A group as a member sees it.
  private static JsonNode group(MemberProcess m, String name) {
    for (JsonNode g : m.adminJson("/v1/registry").path("groups")) {
      if (g.path("group").asString("").equals(name)) return g;
    }
    throw new IllegalStateException("no group " + name);
  }

  private void awaitVoters(int n) {
    for (String g : GROUPS) {
      Eventually.within(
          SOON, n + " vote in " + g, () -> group(cluster.leader(g), g).path("voters").size() == n);
    }
  }

  private static void leave(MemberProcess m) throws Exception {
    assertThat(MusterCommand.done(m, "leave")).isEqualTo("left\n");
    assertThat(m.awaitEnd()).isZero();
  }

  private List<MemberProcess> others(MemberProcess... not) {
    return cluster.members.stream().filter(m -> !List.of(not).contains(m)).toList();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }

  @Test
  void aFollowerOfThreeLeavesAndTwoKeepEverything() throws Exception {
    Tools.clients();
    cluster = Cluster.start("leave3", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    MemberProcess leaves = others(leader).get(0);
    MemberProcess stays = others(leader).get(1);
    load.add(node.connect("w0", leader));
    load.add(node.connect("w1", stays));
    load.add(node.connect("w2", leaves));
    load.awaitWrites(200);

    leave(leaves);

    awaitVoters(2);
    load.awaitWrites(200);
    JsonNode seen = member(stays, leaves.name);
    assertThat(seen.path("state").asString()).isEqualTo("left");

    load.finish();

    // Two can do nothing without each other, and lose nothing.
    stays.kill();
    MusterCommand.Ended refused = MusterCommand.run(leader, "leave");
    assertThat(refused.code()).isEqualTo(1);
    stays.start().awaitReady(Cluster.READY);
    for (MemberProcess m : others(leaves)) load.check(node.connect("r-" + m.name, m));

    leaves.start();
    assertThat(leaves.awaitEnd()).isEqualTo(1);
    assertThat(leaves.output()).contains("belongs to a member that left").contains("move it away");
    delete(leaves.directory.resolve("data"));
    leaves.start().awaitReady(Cluster.READY);
    awaitVoters(3);
    load.check(node.connect("anew", leaves));
  }

  private static JsonNode member(MemberProcess asked, String name) {
    for (JsonNode m : asked.adminJson("/v1/members").path("members")) {
      if (m.path("name").asString("").equals(name)) return m;
    }
    throw new IllegalStateException(asked.name + " knows no " + name);
  }

  @Test
  void theLeaderOfFiveLeavesAndFourBearTheLossOfOne() throws Exception {
    Tools.clients();
    cluster = Cluster.start("leave5", 5, null);
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    MemberProcess first = others(leader).get(0);
    MemberProcess second = others(leader).get(1);
    load.add(node.connect("w0", first));
    load.add(node.connect("w1", second));
    load.awaitWrites(200);

    leave(leader);

    awaitVoters(4);
    load.awaitWrites(200);
    MemberProcess next = cluster.leader("data-0");
    MemberProcess victim =
        next == first || next == second ? others(leader, first, second).get(0) : next;
    victim.kill();
    load.awaitWrites(200);
    load.finish();

    for (MemberProcess m : others(leader, victim)) load.check(node.connect("r-" + m.name, m));
  }

  @Test
  void aStandbyTakesTheVoteOfTheLeaderThatLeaves() throws Exception {
    Tools.clients();
    cluster = Cluster.prepare("standby", 3, null);
    String max = "registry.voters_max=3";
    cluster.members.forEach(m -> m.start("--set", max));
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    MemberProcess standby = cluster.add("m3", "control, gateway");
    standby.start("--set", max).awaitReady(Cluster.READY);
    for (String g : GROUPS) {
      Eventually.within(
          SOON, "it learns " + g, () -> group(cluster.leader(g), g).path("learners").size() == 1);
    }
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    MemberProcess stays = others(leader, standby).get(0);
    load.add(node.connect("w0", stays));
    load.awaitWrites(200);

    assertThat(MusterCommand.done(leader, "drain", "--leave", "--timeout", "3s"))
        .isEqualTo("drained and left\n");
    assertThat(leader.awaitEnd()).isZero();

    for (String g : GROUPS) {
      JsonNode seen = group(cluster.leader(g), g);
      assertThat(seen.path("voters").size()).as(g).isEqualTo(3);
      assertThat(seen.path("learners").size()).as(g).isZero();
    }
    load.awaitWrites(100);
    others(leader, standby, stays).get(0).kill();
    load.awaitWrites(200);
    load.finish();
    for (MemberProcess m : List.of(stays, standby)) load.check(node.connect("r-" + m.name, m));
  }
}
