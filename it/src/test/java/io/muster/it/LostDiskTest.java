package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A member that comes back without its disk: it must not vote as if it remembered.
class LostDiskTest {
  @Test
  void aMemberWithoutItsDataIsRefusedUntilTheOldOneIsForgotten() throws Exception {
    Tools.clients();
    try (Cluster cluster = Cluster.start("lost", 3, "a password of the tests");
        HappnClients node = new HappnClients(HappnClients.CURRENT)) {
      Client client = node.connect("c", cluster.member(0));
      client.set("/kept", Map.of("v", 1));
      MemberProcess lost = cluster.member(2);
      lost.kill();
      delete(lost.directory.resolve("data"));

      lost.start();

      assertThat(lost.awaitEnd()).isEqualTo(1);
      assertThat(lost.output())
          .contains("whose data is not in this data directory")
          .contains("muster members forget");

      Eventually.within(
          Duration.ofSeconds(30),
          "the others agree that it has gone, and forget it",
          () -> cluster.member(0).admin("DELETE", "/v1/members/m2").statusCode() == 200);
      assertThat(votes(cluster)).isEqualTo(List.of(2, 2));

      lost.start().awaitReady(Cluster.READY);
      Eventually.within(
          Duration.ofSeconds(30),
          "it has a vote again",
          () -> votes(cluster).equals(List.of(3, 3)));
      assertThat(node.connect("again", lost).get("/kept").path("v").asInt()).isEqualTo(1);
    }
  }

  /// Voters of each group, as the members say that lead.
  private static List<Integer> votes(Cluster cluster) {
    return Stream.of("meta", "data-0")
        .map(
            name -> {
              for (JsonNode g : cluster.leader(name).adminJson("/v1/registry").path("groups")) {
                if (g.path("group").asString("").equals(name)) return g.path("voters").size();
              }
              return 0;
            })
        .toList();
  }

  private static void delete(Path directory) throws Exception {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }
}
