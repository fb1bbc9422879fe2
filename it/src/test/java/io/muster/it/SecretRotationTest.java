package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The cluster's secret is replaced while members run and clients write.
class SecretRotationTest {
  private static final String NEW = "the new secret of the integration tests";
  private final RegisterLoad load = new RegisterLoad();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  private static Path secret(MemberProcess m) {
    return m.directory.resolve("secret");
  }

  /// Three members whose secret lies in a file of each.
  private void start() throws IOException {
    Tools.clients();
    cluster = Cluster.prepare("secret", 3, null);
    for (MemberProcess m : cluster.members) {
      Files.writeString(secret(m), Cluster.SECRET + "\n");
      Path yaml = m.directory.resolve("muster.yaml");
      Files.writeString(
          yaml,
          Files.readString(yaml).replace("secret: " + Cluster.SECRET, "secret_file: " + secret(m)));
      m.start();
    }
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  private void putNew() throws IOException {
    for (MemberProcess m : cluster.members) {
      Files.writeString(m.directory.resolve("secret.new"), NEW + "\n");
    }
  }

  @Test
  void oneCommandReplacesItUnderLoadAndARestartedMemberComesBack() throws Exception {
    start();
    node = new HappnClients(HappnClients.CURRENT);
    for (MemberProcess m : cluster.members) load.add(node.connect("w-" + m.name, m));
    load.awaitWrites(100);
    MusterCommand.Ended none = MusterCommand.run(cluster.member(0), "secret", "rotate");
    assertThat(none.output()).contains("already; no new secret lies beside it");
    putNew();

    String done = MusterCommand.done(cluster.member(0), "secret", "rotate");

    assertThat(done)
        .containsPattern("accept {2}m0,m1,m2\nswitch {2}m0,m1,m2\ndrop {4}m0,m1,m2\n")
        .contains("and accept no other")
        .doesNotContain(NEW);
    load.awaitWrites(100);
    for (MemberProcess m : cluster.members) {
      assertThat(Files.readString(secret(m))).isEqualTo(NEW + "\n");
      assertThat(m.directory.resolve("secret.new")).doesNotExist();
      // A link may break on a machine that has much to do; none was refused, and no secret said.
      assertThat(m.output())
          .doesNotContain("wrong_secret")
          .doesNotContain("proof is wrong")
          .doesNotContain(NEW)
          .doesNotContain(Cluster.SECRET);
    }

    MemberProcess back = cluster.member(2);
    back.kill();
    back.start().awaitReady(Cluster.READY);
    load.finish();
    for (MemberProcess m : cluster.members) load.check(node.connect("r-" + m.name, m));
    assertThat(MusterCommand.run(back, "secret", "status").code()).isZero();

    back.kill();
    Files.writeString(secret(back), Cluster.SECRET + "\n");
    back.start();
    Eventually.within(
        Duration.ofSeconds(30),
        "the old secret is refused",
        () -> cluster.member(0).output().contains("wrong_secret"));
    assertThat(back.ready()).isFalse();
  }

  @Test
  void nothingIsDoneWhileAMemberIsAway() throws Exception {
    start();
    putNew();
    MemberProcess away = cluster.member(1);
    away.kill();
    Eventually.within(
        Duration.ofSeconds(20), "it is missed", () -> !missing(cluster.member(0)).isEmpty());

    MusterCommand.Ended refused = MusterCommand.run(cluster.member(0), "secret", "rotate");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.output())
        .contains("m1 at ")
        .contains("is away")
        .contains("(secret_rotation_refused)");
    assertThat(Files.readString(secret(cluster.member(0)))).isEqualTo(Cluster.SECRET + "\n");
    away.start().awaitReady(Cluster.READY);
    MusterCommand.done(cluster.member(2), "secret", "rotate");
    for (MemberProcess m : cluster.members) {
      assertThat(Files.readString(secret(m))).isEqualTo(NEW + "\n");
    }
  }

  private static JsonNode missing(MemberProcess asked) {
    return asked.adminJson("/v1/secret").path("missing");
  }
}
