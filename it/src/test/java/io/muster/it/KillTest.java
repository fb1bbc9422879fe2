package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `kill -9` of members while clients write, read and listen: nothing acknowledged is lost, no read
/// lies, and nobody sees an event twice or out of order.
class KillTest {
  private static final int KEYS = 8;
  private final RegisterHistory history = new RegisterHistory();
  private final Deliveries deliveries = new Deliveries();
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    running.set(false);
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  /// One client that writes unique values to a few records and reads them back, one operation at a
  /// time.
  private Thread load(Client client, int worker) {
    return Thread.ofVirtual()
        .start(
            () -> {
              for (int i = 0; running.get(); i++) {
                String key = "/reg/k" + (worker * 3 + i) % KEYS;
                String value = worker + "-" + i;
                long start = System.nanoTime();
                if (i % 2 == 0) {
                  try {
                    client
                        .startSet(key, Map.of("v", value), Map.of("noPublish", true))
                        .get(20, java.util.concurrent.TimeUnit.SECONDS);
                    history.wrote(key, value, start, System.nanoTime());
                    writes.incrementAndGet();
                  } catch (Exception e) {
                    history.maybeWrote(key, value, start);
                  }
                } else {
                  try {
                    JsonNode r =
                        client.startGet(key).get(20, java.util.concurrent.TimeUnit.SECONDS);
                    history.read(
                        key,
                        r == null || r.isNull() ? null : r.path("v").asString(),
                        start,
                        System.nanoTime());
                  } catch (Exception e) {
                    // A failed read says nothing.
                  }
                }
              }
            });
  }

  private void awaitWrites(int more) {
    int goal = writes.get() + more;
    Eventually.within(
        Duration.ofSeconds(30), more + " more writes are acknowledged", () -> writes.get() >= goal);
  }

  private void checkFinals(Client reader) {
    Map<String, Set<String>> finals = history.possibleFinals();
    finals.forEach(
        (key, values) -> {
          if (values.isEmpty()) return;
          long start = System.nanoTime();
          JsonNode r = reader.get(key);
          history.read(key, r.isNull() ? null : r.path("v").asString(), start, System.nanoTime());
        });
    history.check();
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
    List<Thread> workers =
        List.of(
            load(node.connect("w0", stays), 0),
            load(node.connect("w1", stays), 1),
            load(node.connect("w2", leader), 2),
            load(node.connect("w3", victim), 3));
    awaitWrites(200);

    victim.kill();
    awaitWrites(200);
    victim.start().awaitReady(Cluster.READY);
    awaitWrites(200);
    leader.kill();
    awaitWrites(200);
    leader.start().awaitReady(Cluster.READY);
    awaitWrites(100);
    running.set(false);
    for (Thread w : workers) w.join(Duration.ofSeconds(40));

    checkFinals(node.connect("r0", leader));
    checkFinals(node.connect("r1", victim));
    checkFinals(node.connect("r2", stays));
  }

  @Test
  void allThreeKilledAndRestartedKeepWhatWasAcknowledged() throws Exception {
    Tools.clients();
    cluster = Cluster.start("killall", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    List<Thread> workers =
        List.of(
            load(node.connect("w0", cluster.member(0)), 0),
            load(node.connect("w1", cluster.member(1)), 1));
    awaitWrites(200);

    cluster.members.forEach(MemberProcess::kill);
    running.set(false);
    cluster.members.forEach(MemberProcess::start);
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    for (Thread w : workers) w.join(Duration.ofSeconds(40));

    checkFinals(node.connect("r0", cluster.member(0)));
    checkFinals(node.connect("r2", cluster.member(2)));
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
