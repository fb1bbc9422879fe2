package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A member behind a cable that takes less than it is sent: what waits for it is bounded, what
/// cannot be kept is counted, nobody else waits, and nobody is given up.
class SlowPeerTest {
  private static final int SLOW = 2;
  private static final int KILOBITS = 2000;
  private static final long KEPT_MAX = 256 << 10;
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String PASSWORD = "a password of the tests";
  private static final String TEXT = "x".repeat(4000);
  private final List<MemberProcess> members = new ArrayList<>();
  private final List<HappnClients> nodes = new ArrayList<>();
  private Namespaces spaces;
  private int published;

  @AfterEach
  void stop() {
    nodes.forEach(HappnClients::close);
    members.forEach(MemberProcess::close);
    if (spaces != null) spaces.close();
  }

  private void start() throws Exception {
    Tools.clients();
    spaces = new Namespaces(3);
    Path base = Files.createDirectories(Tools.TARGET.resolve("clusters"));
    Path dir = Files.createTempDirectory(base, "slow-");
    List<String> hosts = List.of("10.77.0.1:56000", "10.77.0.2:56000", "10.77.0.3:56000");
    for (int i = 0; i < 3; i++) {
      Path home = dir.resolve("m" + i);
      members.add(
          new MemberProcess(
                  "m" + i,
                  home,
                  Namespaces.host(i),
                  55000,
                  8880,
                  PASSWORD,
                  spaces.prefix(i),
                  Cluster.yaml("slow", "m" + i, home, hosts.get(i), 55000, 8880, hosts, 3, PASSWORD)
                      .replace("link:\n", "link:\n  queue_bytes_max: 1MiB\n"))
              .start(
                  "--set",
                  "realtime.repair_bytes_max=256KiB",
                  "--set",
                  "registry.election_timeout=2s",
                  // A busy machine must not be taken for a dead one, and a slow peer is no other.
                  "--set",
                  "membership.suspicion_min=5s",
                  "--set",
                  "membership.suspicion_max=20s"));
    }
    members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  private Client client(int i) {
    HappnClients node = new HappnClients(HappnClients.CURRENT, spaces.prefix(i));
    nodes.add(node);
    return node.connect("c" + i, members.get(i));
  }

  private JsonNode stream(int of, int with) {
    JsonNode all = HappnClients.JSON.readTree(members.get(of).inside("/v1/streams"));
    return all.path("streams")
        .valueStream()
        .filter(s -> s.path("name").asString("").equals("m" + with))
        .findFirst()
        .orElseThrow();
  }

  private void publish(Client publisher, int n) {
    for (int i = 0; i < n; i++) {
      publisher.set("/s/1", Map.of("n", ++published, "text", TEXT), Map.of("noStore", true));
    }
  }

  private static List<Integer> listen(Client client) {
    List<Integer> got = new CopyOnWriteArrayList<>();
    client.on("/s/*", e -> got.add(e.data().path("n").asInt()));
    return got;
  }

  @Test
  void whatWaitsForItIsBoundedCountedAndNobodyIsGivenUp() throws Exception {
    start();
    Client publisher = client(0);
    List<Integer> near = listen(client(1));
    List<Integer> slow = listen(client(SLOW));
    publish(publisher, 10);
    Eventually.within(SOON, "both hear the first", () -> near.size() == 10 && slow.size() == 10);

    spaces.throttle(SLOW, KILOBITS);
    Eventually.within(
        Duration.ofSeconds(120),
        "more was sent than waits on the link and is kept",
        () -> {
          publish(publisher, 200);
          assertThat(stream(0, SLOW).path("keptBytes").asLong()).isLessThan(KEPT_MAX + (16 << 10));
          return stream(SLOW, 0).path("lost").asLong() > 0;
        });
    int atOnce = published;
    Eventually.within(SOON, "the other does not wait", () -> near.size() == atOnce);
    spaces.unthrottle(SLOW);

    Eventually.within(
        SOON,
        "it goes on",
        () -> {
          publish(publisher, 1);
          return slow.getLast() > atOnce;
        });
    publish(publisher, 10);
    Eventually.within(
        SOON, "the last arrives", () -> slow.getLast() == published && near.size() == published);

    assertThat(slow).isSorted().doesNotHaveDuplicates();
    assertThat(near).isSorted().doesNotHaveDuplicates();
    JsonNode seen = stream(SLOW, 0);
    int missing = published - slow.size();
    assertThat(missing).isPositive();
    assertThat(seen.path("lost").asInt()).as(seen.toString()).isGreaterThanOrEqualTo(missing);
    for (MemberProcess m : members) assertThat(m.output()).doesNotContain("member_failed");
  }
}
