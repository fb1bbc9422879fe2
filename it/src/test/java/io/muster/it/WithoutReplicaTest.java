package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Event;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A member that only serves clients: no vote, no records, and its clients cannot tell.
class WithoutReplicaTest {
  private static final String PASSWORD = "a password of the tests";

  @Test
  void aGatewayForwardsAndOutlivesTheControlMemberItAsks() throws Exception {
    Tools.clients();
    try (Cluster cluster = Cluster.start("gateway", 3, PASSWORD);
        HappnClients node = new HappnClients(HappnClients.CURRENT)) {
      MemberProcess gateway = cluster.add("g0", "gateway").start().awaitReady(Cluster.READY);
      Client there = node.connect("there", gateway);
      Client here = node.connect("here", cluster.member(0));
      BlockingQueue<Event> events = new LinkedBlockingQueue<>();
      there.on("/g/*", events::add);

      assertThat(there.set("/g/a", Map.of("v", 1)).path("v").asInt()).isEqualTo(1);
      there.set("/g/a", Map.of("w", 2), Map.of("merge", true));
      here.set("/g/b", Map.of("v", 3));

      JsonNode a = here.get("/g/a");
      assertThat(a.path("v").asInt()).isEqualTo(1);
      assertThat(a.path("w").asInt()).isEqualTo(2);
      assertThat(there.get("/g/b").path("v").asInt()).isEqualTo(3);
      assertThat(there.get("/g/*").size()).isEqualTo(2);
      for (int i = 0; i < 3; i++) assertThat(events.poll(10, TimeUnit.SECONDS)).isNotNull();

      // It learns the registry, has no records, and never votes.
      JsonNode groups = cluster.member(0).adminJson("/v1/registry").path("groups");
      for (JsonNode g : groups) {
        assertThat(g.path("voters").size()).isEqualTo(3);
        boolean meta = g.path("group").asString("").equals("meta");
        assertThat(g.path("learners").size()).isEqualTo(meta ? 1 : 0);
      }

      for (MemberProcess control : List.of(cluster.leader("data-0"))) {
        control.kill();
        int n = cluster.members.indexOf(control);
        Eventually.within(
            Duration.ofSeconds(20),
            "writes through the gateway after " + control.name + " was killed",
            () -> {
              try {
                there.set("/g/after" + n, Map.of("v", n));
                return true;
              } catch (HappnClients.Refused e) {
                return false;
              }
            });
        assertThat(there.get("/g/after" + n).path("v").asInt()).isEqualTo(n);
        assertThat(there.get("/g/a").path("w").asInt()).isEqualTo(2);
      }
    }
  }
}
