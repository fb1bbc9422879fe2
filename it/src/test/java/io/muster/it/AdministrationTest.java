package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The `muster` command against members as processes.
class AdministrationTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private final List<MusterCommand> commands = new ArrayList<>();
  private final List<Long> detached = new ArrayList<>();
  private Cluster cluster;

  @AfterEach
  void stop() {
    commands.forEach(MusterCommand::close);
    for (long pid : detached) ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    if (cluster != null) cluster.close();
  }

  private MusterCommand muster(MemberProcess of, String... arguments) {
    MusterCommand c = MusterCommand.start(of, arguments);
    commands.add(c);
    return c;
  }

  @Test
  void aWatchSeesWhatIsDoneOnAnotherMemberAndEndsWithItsOwn() throws Exception {
    cluster = Cluster.start("watch", 3, null);
    MemberProcess here = cluster.member(0);
    MemberProcess there = cluster.member(2);
    MusterCommand counted =
        muster(here, "data", "watch", "/s/*", "--count", "3", "--timeout", "60");
    MusterCommand endless = muster(here, "data", "watch", "*");
    MusterCommand topics = muster(here, "topic", "watch", "--count", "2", "--timeout", "60");
    for (MusterCommand c : List.of(counted, endless, topics)) {
      Eventually.within(SOON, "it watches", () -> c.output().contains("watching "));
    }

    MusterCommand.done(there, "data", "set", "/s/1", "{\"t\":1}");
    MusterCommand.done(there, "data", "set", "/elsewhere", "{}");
    MusterCommand.done(there, "data", "set", "/s/2", "{\"t\":2}");
    MusterCommand.done(there, "data", "remove", "/s/*");

    assertThat(counted.end()).as(counted.output()).isZero();
    assertThat(counted.output().lines().skip(1).map(l -> l.substring(14)))
        .containsExactly(
            "set     /s/1  {\"t\":1}  (by admin)",
            "set     /s/2  {\"t\":2}  (by admin)",
            "remove  /s/*  {\"removed\":2}  (by admin)");
    Eventually.within(SOON, "the other saw all four", () -> endless.output().lines().count() == 5);

    MusterCommand.done(there, "topic", "send", "/deploy", "{\"v\":2}");
    there.rpc("security.groups.upsertGroup", Map.of("name", "g"));
    assertThat(topics.end()).as(topics.output()).isZero();
    assertThat(topics.output().lines().skip(1))
        .satisfiesExactly(
            own -> assertThat(own).isEqualTo("/deploy  {\"v\":2}  (from m2)"),
            changed ->
                assertThat(changed)
                    .startsWith("/security/dataChanged  {\"upsert-group\":{\"g\":{\"changedData\":")
                    .endsWith("  (from m0)"));

    assertThat(MusterCommand.done(here, "stop")).isEqualTo("stopped\n");

    Eventually.within(SOON, "its process has ended", () -> !here.running());
    assertThat(endless.end()).isEqualTo(1);
    assertThat(endless.output()).contains("the watch ended: the member stops");
  }

  @Test
  void aFrozenMemberIsShownWithWhoDoubtsIt() throws Exception {
    cluster = Cluster.start("suspect", 3, null);
    MemberProcess frozen = cluster.member(2);
    JsonNode[] seen = new JsonNode[1];
    frozen.signal("STOP");
    try {
      Eventually.within(
          SOON,
          "m2 is suspected by name",
          () -> {
            for (JsonNode m : cluster.member(0).adminJson("/v1/members").path("members")) {
              if (m.path("name").asString().equals("m2") && !m.path("suspectedBy").isEmpty()) {
                seen[0] = m;
              }
            }
            return seen[0] != null;
          });
    } finally {
      frozen.signal("CONT");
    }

    assertThat(seen[0].path("state").asString()).isEqualTo("suspect");
    JsonNode doubt = seen[0].path("suspectedBy").get(0);
    assertThat(doubt.path("name").asString()).isIn("m0", "m1");
    assertThat(doubt.path("silentMillis").asLong())
        .isGreaterThanOrEqualTo(seen[0].path("inStateMillis").asLong());
    assertThat(doubt.path("refused").asBoolean()).isFalse();
    Eventually.within(
        SOON,
        "m2 is trusted again",
        () ->
            MusterCommand.done(cluster.member(0), "members")
                    .lines()
                    .filter(l -> l.contains(" alive "))
                    .count()
                == 3);
  }

  @Test
  void aMemberRunsInTheBackgroundUntilItIsStopped() throws Exception {
    cluster = Cluster.prepare("detached", 1, null);
    MemberProcess m = cluster.member(0);

    String said = MusterCommand.done(m, "start", "-d");

    Matcher pid = Pattern.compile("(?m)^pid (\\d+) {2}log (.+)$").matcher(said);
    assertThat(pid.find()).as(said).isTrue();
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
    detached.add(process.pid());
    assertThat(said)
        .startsWith(
            "member m0  clients http://127.0.0.1:" + m.clientPort() + "  admin http://127.0.0.1:");
    Path log = m.directory.resolve("data/log/muster.log");
    assertThat(pid.group(2)).isEqualTo(log.toString());
    assertThat(Files.readString(log)).contains("ready name=m0");
    assertThat(m.ready()).isTrue();
    assertThat(m.adminJson("/v1/status").path("pid").asLong()).isEqualTo(process.pid());

    MusterCommand twice = muster(m, "start", "-d");
    assertThat(twice.end()).isEqualTo(1);
    assertThat(twice.output())
        .contains("ended with 1 before it was ready; the last lines of " + log)
        .contains("another process uses it");
    assertThat(m.ready()).as("the first is not disturbed").isTrue();

    assertThat(MusterCommand.done(m, "stop")).isEqualTo("stopped\n");

    // The system may take a moment to bury it.
    Eventually.within(SOON, "its process has ended", () -> !process.isAlive());
    assertThat(muster(m, "stop").end()).as("not running").isEqualTo(3);
  }

  /// The process used to go on waiting for members after everything in it had been closed.
  @Test
  void aMemberThatIsNotReadyYetCanBeStopped() throws Exception {
    cluster = Cluster.prepare("waiting", 2, null);
    MemberProcess m = cluster.member(0);
    String said = MusterCommand.done(m, "start", "-d", "--ready-timeout", "0", "--json");
    JsonNode started = HappnClients.JSON.readTree(said);
    ProcessHandle process = ProcessHandle.of(started.path("pid").asLong()).orElseThrow();
    detached.add(process.pid());
    assertThat(started.path("ready").asBoolean()).isFalse();
    Eventually.within(
        SOON,
        "it waits for the other",
        () -> m.admin("/readyz").body().startsWith("waiting for the registry"));

    assertThat(MusterCommand.done(m, "stop")).isEqualTo("stopped\n");

    // The system may take a moment to bury it.
    Eventually.within(SOON, "its process has ended", () -> !process.isAlive());
    assertThat(Files.readString(Path.of(started.path("log").asString())))
        .contains("member m0 was stopped before it was ready");
  }

  @Test
  void aMemberThatDoesNotBecomeReadyLeavesNothingBehind() throws Exception {
    cluster = Cluster.prepare("alone", 2, null);
    MemberProcess m = cluster.member(0);

    MusterCommand late = muster(m, "start", "--detach", "--ready-timeout", "8");

    assertThat(late.end()).isEqualTo(1);
    assertThat(late.output())
        .contains("member m0 was not ready within 8.0 s and was stopped")
        .contains("gate state=\"waiting for");
    try (FileChannel lock =
        FileChannel.open(m.directory.resolve("data/lock"), StandardOpenOption.WRITE)) {
      assertThat(lock.tryLock()).as("nobody holds the data directory").isNotNull();
    }
  }
}
