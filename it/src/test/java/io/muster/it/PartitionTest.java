package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Refused;
import io.muster.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A member that is cut off, with a network namespace of its own per member and the cable pulled.
class PartitionTest {
  private static final String PASSWORD = "a password of the tests";
  private Namespaces spaces;
  private final List<MemberProcess> members = new ArrayList<>();
  private final List<HappnClients> nodes = new ArrayList<>();
  private final RegisterLoad load = new RegisterLoad();

  @AfterEach
  void stop() {
    load.close();
    nodes.forEach(HappnClients::close);
    members.forEach(MemberProcess::close);
    if (spaces != null) spaces.close();
  }

  private Client client(int i) {
    HappnClients node = new HappnClients(HappnClients.CURRENT, spaces.prefix(i));
    nodes.add(node);
    return node.connect("c" + i, members.get(i));
  }

  /// Three members in their namespaces, ready.
  private void three(String name) throws Exception {
    Tools.clients();
    spaces = new Namespaces(3);
    Path base = Files.createDirectories(Tools.TARGET.resolve("clusters"));
    Path dir = Files.createTempDirectory(base, name + "-");
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
                  Cluster.yaml(name, "m" + i, home, hosts.get(i), 55000, 8880, hosts, 3, PASSWORD))
              .start());
    }
    members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  /// Which member leads the records, as it says itself.
  private int leader() {
    int[] found = {-1};
    Eventually.within(
        Duration.ofSeconds(20),
        "a leader of data-0",
        () -> {
          for (int i = 0; i < members.size(); i++) {
            String groups = members.get(i).inside("/v1/registry");
            boolean leads =
                HappnClients.JSON
                    .readTree(groups)
                    .path("groups")
                    .valueStream()
                    .anyMatch(
                        g ->
                            g.path("group").asString("").equals("data-0")
                                && g.path("role").asString("").equals("leader"));
            if (leads) found[0] = i;
          }
          return found[0] >= 0;
        });
    return found[0];
  }

  @Test
  void aLeaderThatIsCutOffStepsDownAndItsReadsDoNotLie() throws Exception {
    three("iso");
    int leader = leader();
    for (int i = 0; i < 3; i++) load.add(client(i));
    load.awaitWrites(100);

    spaces.cable(leader, false);
    Eventually.within(
        Duration.ofSeconds(20),
        "the leader says that it has no majority",
        () -> members.get(leader).readiness().contains("no majority"));
    load.awaitWrites(100);
    spaces.cable(leader, true);
    Eventually.within(Duration.ofSeconds(40), "it heals", () -> members.get(leader).ready());
    load.awaitWrites(100);
    load.finish();

    load.check(nodes.get(leader).connect("r", members.get(leader)));
  }

  @Test
  void aLeaderThatIsHeardByNobodyGivesWay() throws Exception {
    three("mute");
    int leader = leader();
    for (int i = 0; i < 3; i++) if (i != leader) load.add(client(i));
    load.awaitWrites(100);

    // It hears the others, and they do not hear it.
    for (int i = 0; i < 3; i++) if (i != leader) spaces.mute(leader, i, true);
    load.awaitWrites(100);
    for (int i = 0; i < 3; i++) if (i != leader) spaces.mute(leader, i, false);
    Eventually.within(Duration.ofSeconds(40), "it heals", () -> members.get(leader).ready());
    load.awaitWrites(100);
    load.finish();

    load.check(client(leader));
  }

  @Test
  void aMemberCutOffRefusesWritesAndHealsByItself() throws Exception {
    three("cut");
    Client cut = client(2);
    Client rest = client(0);
    rest.set("/cut/before", Map.of("v", 1));
    assertThat(cut.get("/cut/before").path("v").asInt()).isEqualTo(1);

    spaces.cable(2, false);

    Eventually.within(
        Duration.ofSeconds(20),
        "the cut-off member says so",
        () -> members.get(2).readiness().contains("no majority"));
    assertThatThrownBy(() -> cut.set("/cut/alone", Map.of("v", 1)))
        .isInstanceOfSatisfying(
            Refused.class,
            e -> {
              assertThat(e.code).isEqualTo(503);
              assertThat(e).hasMessageContaining("no majority");
            });
    Eventually.within(
        Duration.ofSeconds(20),
        "the majority goes on",
        () -> {
          try {
            rest.set("/cut/during", Map.of("v", 2));
            return true;
          } catch (Refused e) {
            return false;
          }
        });

    spaces.cable(2, true);

    Eventually.within(Duration.ofSeconds(40), "the member heals", () -> members.get(2).ready());
    assertThat(cut.get("/cut/during").path("v").asInt()).isEqualTo(2);
    assertThat(cut.get("/cut/alone").isNull()).isTrue();
    cut.set("/cut/after", Map.of("v", 3));
    assertThat(rest.get("/cut/after").path("v").asInt()).isEqualTo(3);
  }
}
