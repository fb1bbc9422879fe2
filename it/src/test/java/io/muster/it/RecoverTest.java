package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Refused;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Two of three are lost for ever: the third goes on by an explicit command, and nobody comes back
/// by mistake.
class RecoverTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private final RegisterLoad load = new RegisterLoad();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  private static JsonNode group(MemberProcess m, String name) {
    for (JsonNode g : m.adminJson("/v1/registry").path("groups")) {
      if (g.path("group").asString("").equals(name)) return g;
    }
    throw new IllegalStateException("no group " + name);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }

  @Test
  void theSurvivorGoesOnAloneAndOthersJoinItAnew() throws Exception {
    Tools.clients();
    cluster = Cluster.start("recover", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    MemberProcess survivor = cluster.members.stream().filter(m -> m != leader).findFirst().get();
    List<MemberProcess> lost = cluster.members.stream().filter(m -> m != survivor).toList();
    load.add(node.connect("w0", leader));
    load.add(node.connect("w1", survivor));
    load.awaitWrites(300);
    load.finish();
    // What the survivor has is what everybody has: only so can the judge say that nothing is lost.
    Eventually.within(
        SOON,
        "the survivor has everything",
        () ->
            group(survivor, "data-0").path("applied").asLong()
                == group(leader, "data-0").path("committed").asLong());
    Client client = node.connect("c", survivor);

    lost.forEach(MemberProcess::kill);

    Eventually.within(SOON, "it says so", () -> survivor.readiness().contains("no majority"));
    assertThatThrownBy(() -> client.set("/recover/no", Map.of("v", 1)))
        .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code).isEqualTo(503));
    MusterCommand.Ended running = MusterCommand.run(survivor, "recover");
    assertThat(running.code()).isEqualTo(1);
    assertThat(running.output()).contains("another process uses it");
    // A machine that died may have died while it wrote.
    survivor.kill();
    String shown = MusterCommand.done(survivor, "recover");
    assertThat(shown).contains("IS LOST").contains("Nothing was changed");
    assertThat(shown).containsPattern("data-0 +entries up to \\d+ of term \\d+, voters .*, .*, ");
    String done = MusterCommand.done(survivor, "recover", "--yes-i-may-lose-writes");
    assertThat(done).contains("votes alone").contains("before-recovery-");
    survivor.start().awaitReady(Cluster.READY);
    load.check(node.connect("r0", survivor));
    assertThat(group(survivor, "data-0").path("voters").size()).isEqualTo(1);

    // One that was thought lost comes back with its data.
    MemberProcess back = lost.get(0);
    back.start();
    assertThat(back.awaitEnd()).isEqualTo(1);
    assertThat(back.output()).contains("member '" + survivor.name + "'").contains("later life");

    for (MemberProcess m : lost) {
      delete(m.directory.resolve("data"));
      m.start();
    }
    lost.forEach(m -> m.awaitReady(Cluster.READY));
    Eventually.within(
        SOON,
        "all three vote",
        () -> group(cluster.leader("data-0"), "data-0").path("voters").size() == 3);
    for (MemberProcess m : lost) load.check(node.connect("r-" + m.name, m));
    node.connect("after", back).set("/recover/after", Map.of("v", 2));
  }
}
