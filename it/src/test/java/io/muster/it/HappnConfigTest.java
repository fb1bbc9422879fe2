package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import io.muster.testing.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Members started with configuration files of happn-cluster as they are.
class HappnConfigTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String PASSWORD = "not the sample one";

  private final List<MemberProcess> members = new ArrayList<>();
  private final List<Integer> peers = Cluster.freePorts(3);
  private final List<Integer> clients = Cluster.freePorts(3);
  private final List<Integer> admins = Cluster.freePorts(3);
  private PostgresServer database;
  private HappnClients node;
  private Path directory;

  @AfterEach
  void stop() {
    if (node != null) node.close();
    members.forEach(MemberProcess::close);
    if (database != null) database.close();
  }

  private void prepare(String name) throws IOException {
    Path base = Files.createDirectories(Tools.TARGET.resolve("clusters"));
    directory = Files.createTempDirectory(base, name + "-");
  }

  private MemberProcess member(int i, String json) {
    MemberProcess m =
        new MemberProcess(
            "n" + i,
            directory.resolve("n" + i),
            "127.0.0.1",
            clients.get(i),
            admins.get(i),
            PASSWORD,
            List.of(),
            "");
    members.add(m.configuredBy("happn.json", json));
    return m;
  }

  /// What a file of happn has no key for, and what lets three members share a machine.
  private MemberProcess start(MemberProcess m) {
    return m.start(
        "--set",
        "member.data_dir=" + m.directory.resolve("data"),
        "--set",
        "admin.listen=127.0.0.1:" + admins.get(members.indexOf(m)),
        "--set",
        "cluster.secret=" + Cluster.SECRET,
        "--set",
        "link.kdf_iterations=10000");
  }

  private String older(int i, int minimum, int stabilise, boolean defer) {
    return """
    {
    \t"name": "n%1$d",
    \t"port": %2$d,
    \t"secure": true,
    \t"services": {
    \t\t"security": { "config": { "adminUser": { "password": "%3$s" } } },
    \t\t"orchestrator": { "config": { "minimumPeers": %4$d, "replicate": ["*"],
    \t\t\t"stableReportInterval": 500, "stabiliseTimeout": %5$d } },
    \t\t"membership": { "config": { "clusterName": "older-one", "seed": %6$s,
    \t\t\t"host": "127.0.0.1", "port": %7$d,
    \t\t\t"hosts": ["127.0.0.1:%7$d", "127.0.0.1:%8$d", "127.0.0.1:%9$d"] } },
    \t\t"health": { "config": { "healthInterval": 500, "warmupLimit": 0 } },
    \t\t"proxy": { "config": { "port": %10$d, "host": "127.0.0.1", "defer": %11$s } }
    \t}
    }
    """
        .formatted(
            i,
            57000 + i,
            PASSWORD,
            minimum,
            stabilise,
            i == 0,
            peers.get(i),
            peers.get((i + 1) % 3),
            peers.get((i + 2) % 3),
            clients.get(i),
            defer);
  }

  @Test
  void threeOldFilesOfTheOlderGenerationMakeACluster() throws Exception {
    prepare("older");
    for (int i = 0; i < 3; i++) start(member(i, older(i, 3, 0, i == 2)));
    members.get(0).awaitReady(SOON);
    members.get(1).awaitReady(SOON);
    MemberProcess deferred = members.get(2);
    Eventually.within(
        SOON, "the third is stable", () -> deferred.readiness().contains("muster open"));

    MusterCommand.Ended opened =
        MusterCommand.run(
            directory,
            "open",
            "--admin",
            deferred.adminUrl(),
            "--token-file",
            deferred.directory.resolve("data/admin.token").toString());

    assertThat(opened.output()).contains("open, port " + clients.get(2));
    deferred.awaitReady(SOON);
    meet();
    JsonNode health = members.get(0).adminJson("/v1/health?format=older");
    assertThat(health.path("MEMBER_ID").asString()).isEqualTo("127.0.0.1:" + peers.get(0));
    assertThat(health.path("TOTAL_CLUSTER_MEMBERS").asInt()).isEqualTo(2);
    assertThat(health.path("TOTAL_CONFIGURED_HOSTS").asInt()).isEqualTo(2);
    assertThat(health.path("STATUS").asString()).isEqualTo("HEALTHY");
    deferred.kill();
    Eventually.within(
        SOON,
        "the loss is reported",
        () ->
            members.get(0).output().contains("happn-cluster-health")
                && members.get(0).output().contains("SWIM-MEMBERS-MISSING|CONFIGURED-HOSTS"));
  }

  /// Clients of two members see each other's writes.
  private void meet() throws Exception {
    node = new HappnClients(HappnClients.CURRENT);
    Client a = node.connect("a", members.get(0));
    Client b = node.connect("b", members.get(2));
    List<String> events = new CopyOnWriteArrayList<>();
    b.on("/plant/*", e -> events.add(e.data().toString()));
    a.set("/plant/1", Map.of("temp", 21));
    assertThat(b.get("/plant/1").path("temp").asInt()).isEqualTo(21);
    Eventually.within(SOON, "the event", () -> events.size() == 1);
  }

  @Test
  void whoIsNotStableInTimeEndsWithTheNameThatHappnHasForIt() throws Exception {
    prepare("unstable");
    MemberProcess alone = start(member(0, older(0, 2, 6000, false)));

    assertThat(alone.awaitEnd()).as(alone.output()).isEqualTo(1);
    assertThat(alone.output())
        .contains("requires 1 more peers to stabilise")
        .contains("StabiliseTimeout: failed to stabilise in time");
  }

  private String newer(int i) {
    return """
    { "name": "n%1$d", "host": "127.0.0.1", "port": %2$d, "secure": true,
      "services": {
        "security": { "config": { "adminUser": { "password": "%3$s" } } },
        "data": { "config": { "datastores": [ { "name": "shared", "provider": "postgresql",
          "isDefault": true,
          "settings": { "url": "%4$s", "user": "%5$s", "password": "%6$s" } } ] } },
        "orchestrator": { "config": { "clusterName": "newer-one", "serviceName": "plant",
          "deployment": "it", "cluster": { "plant": 3 },
          "timing": { "keepAlive": 500, "keepAliveThreshold": 3000, "memberRefresh": 500,
                      "healthReport": 500 } } },
        "proxy": { "config": { "port": %7$d, "host": "127.0.0.1" } } } }
    """
        .formatted(
            i,
            peers.get(i),
            PASSWORD,
            database.url(),
            PostgresServer.USER,
            PostgresServer.PASSWORD,
            clients.get(i));
  }

  @Test
  void threeOldFilesOfTheNewerGenerationFindEachOtherInTheDatabase() throws Exception {
    database =
        PostgresServer.start().orElseGet(() -> Assumptions.abort("no PostgreSQL can be had here"));
    prepare("newer");
    for (int i = 0; i < 3; i++) start(member(i, newer(i)));
    members.forEach(m -> m.awaitReady(SOON));

    meet();
    String signs = "SELECT count(*) FROM muster_records WHERE path LIKE '/SYSTEM/DEPLOYMENT/it/%'";
    assertThat(database.sql(signs)).isEqualTo("3");
    JsonNode health = members.get(1).adminJson("/v1/health");
    assertThat(health.path("MEMBER_ID").asString()).isEqualTo("n1");
    assertThat(health.path("MEMBER_ENDPOINT").asString()).isEqualTo("127.0.0.1:" + peers.get(1));
    assertThat(health.path("TOTAL_CLUSTER_PEERS").asInt()).isEqualTo(3);
    assertThat(health.path("STATUS").asString()).isEqualTo("STABLE");

    assertThat(members.get(1).stop()).as("SIGTERM").isEqualTo(143);
    assertThat(database.sql(signs)).isEqualTo("2");
    members.get(2).kill();
    // Three are asked for: neither is ready without the other.
    start(members.get(2));
    start(members.get(1)).awaitReady(SOON);
    members.get(2).awaitReady(SOON);
    String founded = "SELECT query->>'founded' FROM muster_records WHERE path LIKE '/SYSTEM/F%'";
    assertThat(database.sql(founded)).isEqualTo("true");
    for (MemberProcess m : members) {
      assertThat(m.adminJson("/v1/registry").path("groups").get(0).path("voters").size())
          .isEqualTo(3);
    }
  }
}
