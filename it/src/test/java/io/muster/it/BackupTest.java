package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A backup of a cluster that is being written to, and a new cluster that begins with it.
class BackupTest {
  private static final String PASSWORD = "a password of the tests";
  private static final int KEPT = 60;

  /// Elections that bear a machine that is busy with other tests.
  private static final String CALM = "registry.election_timeout=2s";

  private final RegisterLoad load = new RegisterLoad();
  private Cluster cluster;
  private Cluster restored;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
    if (restored != null) restored.close();
  }

  private static void start(Cluster cluster) {
    cluster.members.forEach(m -> m.start("--set", CALM));
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  /// The settings of a member that looks for others elsewhere.
  private static void lookFor(MemberProcess member, MemberProcess there) throws IOException {
    Path file = member.directory.resolve("muster.yaml");
    String hosts =
        Files.readString(there.directory.resolve("muster.yaml"))
            .lines()
            .filter(l -> l.contains("hosts:"))
            .findFirst()
            .orElseThrow();
    Files.writeString(file, Files.readString(file).replaceFirst("(?m)^ *hosts:.*$", hosts));
  }

  @Test
  void whatWasAcknowledgedBeforeABackupIsInTheClusterThatBeginsWithIt() throws Exception {
    Tools.clients();
    cluster = Cluster.prepare("backup", 3, PASSWORD);
    start(cluster);
    node = new HappnClients(HappnClients.CURRENT);
    Client writer = node.connect("keeper", cluster.member(0));
    load.add(node.connect("w0", cluster.member(1)));
    load.add(node.connect("w1", cluster.member(2)));
    for (int i = 0; i < KEPT; i++) writer.set("/keep/" + i, Map.of("v", i));
    MusterCommand.done(cluster.member(1), "group", "add", "readers");
    load.awaitWrites(100);

    Path file = cluster.directory.resolve("all.zip");
    String said = MusterCommand.done(cluster.member(2), "backup", file.toString());
    load.awaitWrites(50);
    load.finish();

    assertThat(said).contains("written and verified").contains("records up to entry");
    MusterCommand.Ended verified =
        MusterCommand.run(cluster.directory, "backup", "verify", file.toString());
    assertThat(verified.code()).as(verified.output()).isZero();
    writer.set("/keep/later", Map.of("v", 1));
    cluster.members.forEach(MemberProcess::kill);

    restored = Cluster.prepare("backup", 3, PASSWORD);
    assertThat(MusterCommand.done(restored.member(0), "restore", file.toString()))
        .contains("restored")
        .contains("the others with empty data directories");
    start(restored);

    for (MemberProcess m : restored.members) {
      Client reader = node.connect("r-" + m.name, m);
      for (int i = 0; i < KEPT; i++) {
        assertThat(reader.get("/keep/" + i).path("v").asInt(-1)).isEqualTo(i);
      }
      assertThat(reader.get("/keep/later").isNull()).isTrue();
    }
    MemberProcess first = restored.member(0);
    assertThat(MusterCommand.done(first, "group", "list")).contains("readers");
    assertThat(first.adminJson("/v1/members").path("members").size()).isEqualTo(3);

    MemberProcess old = cluster.member(1);
    lookFor(old, first);
    old.start("--set", CALM);
    assertThat(old.awaitEnd()).isEqualTo(1);
    assertThat(old.output()).contains("later life of the cluster").contains("empty one a new");
    node.connect("after", first).set("/keep/after", Map.of("v", 2));
  }
}
