package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// `kill -9` of members while clients write, read and listen: nothing acknowledged is lost, no read
/// lies, and nobody sees an event twice or out of order.
class KillTest {
  private final RegisterLoad load = new RegisterLoad();
  private final Deliveries deliveries = new Deliveries();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  @Test
  void aKilledFollowerAndAKilledLeaderLoseNothingAndRejoin() throws Exception {
    Tools.clients();
    cluster = Cluster.start("kill", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    List<MemberProcess> followers = cluster.members.stream().filter(m -> m != leader).toList();
    MemberProcess stays = followers.get(0);
    MemberProcess victim = followers.get(1);
    load.add(node.connect("w0", stays));
    load.add(node.connect("w1", stays));
    load.add(node.connect("w2", leader));
    load.add(node.connect("w3", victim));
    load.awaitWrites(200);

    victim.kill();
    load.awaitWrites(200);
    victim.start().awaitReady(Cluster.READY);
    load.awaitWrites(200);
    leader.kill();
    load.awaitWrites(200);
    leader.start().awaitReady(Cluster.READY);
    load.awaitWrites(100);
    load.finish();

    load.check(node.connect("r0", leader));
    load.check(node.connect("r1", victim));
    load.check(node.connect("r2", stays));
  }

  @Test
  void allThreeKilledAndRestartedKeepWhatWasAcknowledged() throws Exception {
    Tools.clients();
    cluster = Cluster.start("killall", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    load.add(node.connect("w0", cluster.member(0)));
    load.add(node.connect("w1", cluster.member(1)));
    load.awaitWrites(200);

    cluster.members.forEach(MemberProcess::kill);
    load.end();
    cluster.members.forEach(MemberProcess::start);
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    load.finish();

    load.check(node.connect("r0", cluster.member(0)));
    load.check(node.connect("r2", cluster.member(2)));
  }

  @Test
  void subscribersOfLivingMembersSeeEachPublicationOnceAndInOrder() throws Exception {
    Tools.clients();
    cluster = Cluster.start("order", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    for (int m = 0; m < 2; m++) {
      node.connect("s" + m, cluster.member(m)).on("/ev/*", deliveries.listener("s" + m));
    }
    node.connect("gone", cluster.member(2)).on("/ev/*", _ -> {});
    int perPublisher = 1500;
    List<Thread> publishers =
        List.of(
            publisher("p0", cluster.member(0), perPublisher),
            publisher("p1", cluster.member(1), perPublisher));
    Eventually.within(
        Duration.ofSeconds(30),
        "a third is through",
        () -> deliveries.seenBy("s0") > perPublisher * 2 / 3);

    cluster.member(2).kill();
    for (Thread p : publishers) p.join(Duration.ofSeconds(60));

    // A write whose leader was just killed may end as unknown: only what was acknowledged counts.
    Eventually.within(
        Duration.ofSeconds(20),
        "all deliveries",
        () -> {
          deliveries.check();
          return true;
        });
    assertThat(acknowledged.get()).isGreaterThan(2 * perPublisher - 50);
  }

  private Thread publisher(String name, MemberProcess member, int n) {
    Client client = node.connect(name, member);
    return Thread.ofVirtual()
        .start(
            () -> {
              for (int i = 0; i < n; i++) {
                boolean stored = i % 3 == 0;
                try {
                  client.set("/ev/" + name, Map.of("p", name, "i", i), Map.of("noStore", !stored));
                  deliveries.published(name, i);
                  acknowledged.incrementAndGet();
                } catch (HappnClients.Refused e) {
                  // Not acknowledged: it may be seen once or not at all.
                }
              }
            });
  }
}
