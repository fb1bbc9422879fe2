package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Refused;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Members that stand still and go on as if nothing had been (SIGSTOP), and members of which too
/// many are dead: the others go on or say why not, and no history lies.
class PausedMemberTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String CALM = "registry.election_timeout=2s";
  private final RegisterLoad load = new RegisterLoad();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  /// Three members whose elections bear a machine that is busy with other tests.
  private void start(String name) {
    cluster = Cluster.prepare(name, 3, null);
    cluster.members.forEach(m -> m.start("--set", CALM));
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  private List<MemberProcess> others(MemberProcess not) {
    return cluster.members.stream().filter(m -> m != not).toList();
  }

  private static boolean sees(MemberProcess m, String name, String state) {
    return m.adminJson("/v1/members")
        .path("members")
        .valueStream()
        .anyMatch(
            x ->
                x.path("name").asString("").equals(name)
                    && x.path("state").asString("").equals(state));
  }

  @Test
  void aPausedFollowerAndAPausedLeaderComeBackWithoutALie() throws Exception {
    Tools.clients();
    start("paused");
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    MemberProcess stays = others(leader).get(0);
    MemberProcess paused = others(leader).get(1);
    load.add(node.connect("w0", stays));
    load.add(node.connect("w1", stays));
    load.add(node.connect("w2", leader));
    load.add(node.connect("w3", paused));
    load.awaitWrites(100);

    paused.signal("STOP");
    Eventually.within(SOON, "it is given up", () -> sees(stays, paused.name, "failed"));
    load.awaitWrites(100);
    paused.signal("CONT");
    paused.awaitReady(SOON);
    Eventually.within(SOON, "it is alive again", () -> sees(stays, paused.name, "alive"));

    // It believes to lead when it wakes: what it says then must not be what was.
    MemberProcess leads = cluster.leader("data-0");
    leads.signal("STOP");
    Eventually.within(
        SOON,
        "another leads",
        () ->
            others(leads).stream()
                .anyMatch(
                    m ->
                        m.adminJson("/v1/registry")
                            .path("groups")
                            .valueStream()
                            .anyMatch(
                                g ->
                                    g.path("group").asString("").equals("data-0")
                                        && g.path("role").asString("").equals("leader"))));
    load.awaitWrites(leads == stays ? 1 : 50);
    leads.signal("CONT");
    leads.awaitReady(SOON);
    load.awaitWrites(50);
    load.finish();

    for (MemberProcess m : cluster.members) load.check(node.connect("r-" + m.name, m));
  }

  @Test
  void oneOfThreeRefusesWritesAndTheyAllHeal() throws Exception {
    Tools.clients();
    start("two");
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess alone = others(cluster.leader("data-0")).get(0);
    load.add(node.connect("w0", alone));
    load.awaitWrites(100);
    load.finish();
    Client client = node.connect("c", alone);
    client.set("/two/before", Map.of("v", 1));

    others(alone).forEach(MemberProcess::kill);

    Eventually.within(SOON, "it says so", () -> alone.readiness().contains("no majority"));
    assertThatThrownBy(() -> client.set("/two/no", Map.of("v", 1)))
        .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code).isEqualTo(503));
    // A linearizable read is refused as well: what is here might not be all.
    assertThatThrownBy(() -> client.get("/two/before")).isInstanceOf(Refused.class);

    others(alone).forEach(m -> m.start("--set", CALM));
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));

    assertThat(client.get("/two/before").path("v").asInt()).isEqualTo(1);
    assertThat(client.get("/two/no").isNull()).isTrue();
    client.set("/two/after", Map.of("v", 2));
    for (MemberProcess m : cluster.members) load.check(node.connect("r-" + m.name, m));
  }
}
