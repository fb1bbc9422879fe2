package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Drained, stopped and started, one member after the other, while clients work through a balancer.
class RollingRestartTest {
  /// What is promised is two seconds; a machine that runs many tests at once adds its own.
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final Map<String, ?> IMPATIENT =
      Map.of("reconnect", Map.of("min", 50, "max", 200), "callTimeout", 15_000);

  private final RegisterLoad load = new RegisterLoad(Duration.ofMillis(25));
  private Cluster cluster;
  private Balancer balancer;
  private HappnClients node;

  @AfterEach
  void stop() throws Exception {
    load.close();
    if (node != null) node.close();
    if (balancer != null) balancer.close();
    if (cluster != null) cluster.close();
  }

  private HappnClients.Client connect(String name) {
    return node.connect(
        name,
        balancer.host(),
        balancer.clientPort(),
        balancer.username(),
        balancer.password(),
        IMPATIENT);
  }

  @Test
  void threeMembersAreRestartedAndNobodyWaitsOrLosesAnything() throws Exception {
    Tools.clients();
    cluster = Cluster.start("rolling", 3, null);
    balancer = new Balancer(cluster.members);
    node = new HappnClients(HappnClients.CURRENT);
    for (int i = 0; i < 6; i++) load.add(connect("w" + i));
    load.awaitWrites(100);

    for (MemberProcess m : cluster.members) {
      String said = MusterCommand.done(m, "drain", "--stop", "--timeout", "2s");
      assertThat(said).isEqualTo("drained and stopped\n");
      assertThat(m.awaitEnd()).isZero();
      m.start().awaitReady(Cluster.READY);
      load.awaitWrites(50);
    }
    load.finish();

    System.err.printf(
        "rolling restart: %d writes, longest wait %d ms, %d unanswered%n",
        load.writes(), load.longest().toMillis(), load.unanswered());
    for (MemberProcess m : cluster.members) load.check(node.connect("r-" + m.name, m));
    assertThat(load.longest()).isLessThan(LONGEST);
    assertThat(load.unanswered()).isLessThanOrEqualTo(2);
  }

  @Test
  void aDrainedMemberTakesNobodyAndLeadsNothingUntilItIsLetIn() throws Exception {
    Tools.clients();
    cluster = Cluster.start("drain", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    load.add(node.connect("w0", leader));
    load.awaitWrites(20);

    String said = MusterCommand.done(leader, "drain", "--timeout", "1s", "--json");

    assertThat(said).isEqualTo("{\"drained\":true,\"connections\":0,\"leads\":[]}\n");
    assertThat(leader.readiness()).contains("drained");
    assertThat(leader.admin("/readyz").statusCode()).isEqualTo(503);
    assertThat(leader.adminJson("/v1/connections").path("connections").asLong()).isZero();
    assertThat(cluster.leader("data-0")).isNotSameAs(leader);
    MusterCommand.done(leader, "drain", "--off");
    Eventually.within(Cluster.READY, "it is ready", leader::ready);
    // The client has gone on trying.
    load.awaitWrites(20);
    load.finish();
    load.check(node.connect("r", leader));
  }
}
