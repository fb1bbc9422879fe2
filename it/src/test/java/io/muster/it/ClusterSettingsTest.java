package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What the cluster holds for all members: who disagrees is refused, what is changed arrives.
class ClusterSettingsTest {
  private static final String PASSWORD = "a password of the tests";
  private Cluster cluster;

  @AfterEach
  void stop() {
    if (cluster != null) cluster.close();
  }

  private static boolean listens(MemberProcess m) {
    try (Socket _ = new Socket(m.host(), m.clientPort())) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// A client that resets its connection: worth a line at the level debug only.
  private static void breakARequest(MemberProcess m) throws IOException {
    try (Socket s = new Socket(m.host(), m.clientPort())) {
      s.setSoLinger(true, 0);
      s.getOutputStream().write("GET /".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static JsonNode group(MemberProcess m, String name) {
    for (JsonNode g : m.adminJson("/v1/registry").path("groups")) {
      if (g.path("group").asString().equals(name)) return g;
    }
    throw new IllegalStateException("no group " + name);
  }

  /// The founder alone has the only vote: had a member that is refused got one as well, nothing
  /// could be written any more once it has gone.
  @Test
  void aMemberOfAnotherModeIsRefusedByNameAndMissedByNobody() throws Exception {
    cluster = Cluster.start("modes", 1, PASSWORD);
    MemberProcess founder = cluster.member(0);
    for (String role : List.of("control, gateway", "gateway")) {
      MemberProcess plain = cluster.add("plain" + role.length(), role);
      boolean[] opened = new boolean[1];

      plain.start("--set", "security.secure=false");
      Eventually.within(
          Duration.ofSeconds(60),
          "it has ended",
          () -> {
            opened[0] |= listens(plain);
            return !plain.running();
          });

      assertThat(plain.awaitEnd()).as(plain.output()).isEqualTo(2);
      assertThat(opened[0]).as("its door was open").isFalse();
      assertThat(plain.output())
          .contains("--set security.secure: security.secure: expected true")
          .contains("found false")
          .contains("configure security.secure: true");
    }
    assertThat(founder.ready()).isTrue();
    assertThat(MusterCommand.done(founder, "data", "set", "/after", "1")).startsWith("version ");
    assertThat(group(founder, "meta").path("voters").size()).isOne();
    Eventually.within(
        Duration.ofSeconds(60),
        "their replicas are given up",
        () ->
            group(founder, "meta").path("learners").isEmpty()
                && group(founder, "data-0").path("learners").isEmpty());

    MemberProcess corrected = cluster.member(1);
    corrected.start().awaitReady(Cluster.READY);
    Eventually.within(
        Duration.ofSeconds(30),
        "it votes",
        () -> group(founder, "meta").path("voters").size() == 2);
  }

  @Test
  void aControlMemberWithItsOwnIdeaOfTheElectionTimeoutIsRefused() throws Exception {
    cluster = Cluster.start("timeouts", 1, null);
    MemberProcess hasty = cluster.add("hasty", "control");

    hasty.start("--set", "registry.election_timeout=200ms");

    assertThat(hasty.awaitEnd()).as(hasty.output()).isEqualTo(2);
    assertThat(hasty.output())
        .contains("registry.election_timeout: expected 500ms")
        .contains("found 200ms");
  }

  @Test
  void aSettingChangedOnOneMemberReachesTheOthersAndOutlivesTheirRestart() throws Exception {
    cluster = Cluster.start("changed", 2, null);
    MemberProcess here = cluster.member(0);
    MemberProcess there = cluster.member(1);
    String before = MusterCommand.done(there, "settings", "get");
    assertThat(before).containsPattern("log\\.level +info +member +any time");
    assertThat(before).containsPattern("security\\.secure +false +cluster +never");

    assertThat(MusterCommand.done(here, "settings", "set", "log.level", "DEBUG"))
        .isEqualTo("log.level is debug\n");
    assertThat(MusterCommand.done(here, "settings", "set", "gateway.connections_max", "2"))
        .contains("is 2");

    for (MemberProcess m : cluster.members) {
      Eventually.within(
          Duration.ofSeconds(1),
          m.name + " does what the cluster says",
          () ->
              m.output().contains("cluster_setting name=log.level value=debug from=cluster")
                  && m.output().contains("cluster_setting name=gateway.connections_max value=2"));
    }
    breakARequest(there);
    Eventually.within(
        Duration.ofSeconds(10), "it logs more", () -> there.output().contains(" DEBUG "));
    JsonNode seen = there.adminJson("/v1/settings/log.level");
    assertThat(seen.path("value").asString()).isEqualTo("debug");
    assertThat(seen.path("source").asString()).isEqualTo("cluster");
    assertThat(seen.path("memberValue").asString()).isEqualTo("info");

    there.stop();
    there.start().awaitReady(Cluster.READY);
    assertThat(there.output()).contains("cluster_setting name=log.level value=debug from=cluster");

    assertThat(MusterCommand.done(there, "settings", "unset", "log.level"))
        .isEqualTo("log.level is info, as this member is configured\n");
    Eventually.within(
        Duration.ofSeconds(1),
        "the other goes by its own configuration again",
        () -> here.output().contains("cluster_setting name=log.level value=info from=member"));
  }

  @Test
  void whatCannotBeIsRefusedWithWhatToDo() throws Exception {
    cluster = Cluster.start("refused", 1, null);
    MemberProcess m = cluster.member(0);

    MusterCommand.Ended fixed = MusterCommand.run(m, "settings", "set", "security.secure", "true");
    assertThat(fixed.code()).isEqualTo(1);
    assertThat(fixed.output())
        .contains("security.secure: cannot be changed")
        .contains("found a new cluster")
        .contains("(cluster_setting_fixed)");

    MusterCommand.Ended wrong = MusterCommand.run(m, "settings", "set", "log.level", "loud");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.output()).contains("expected one of error, warn, info, debug, trace");

    MusterCommand.Ended unknown = MusterCommand.run(m, "settings", "get", "log.levle");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.output()).contains("'log.levle'").contains("log.level");
  }
}
