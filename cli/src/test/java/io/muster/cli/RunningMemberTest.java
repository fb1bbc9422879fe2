package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Settings;
import io.muster.node.MusterNode;
import io.muster.node.MusterSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The commands against a member that runs in this process; the last one stops it.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RunningMemberTest {
  @TempDir static Path directory;
  private static Path config;
  private static MusterNode node;

  @BeforeAll
  static void start() throws Exception {
    config =
        Files.writeString(
            directory.resolve("muster.yaml"),
            """
            member: { name: one, data_dir: %s }
            link: { port: 0, kdf_iterations: 10000 }
            registry: { expect: 1 }
            gateway: { ports: [0] }
            admin: { listen: "127.0.0.1:0" }
            security: { secure: false }
            observability: { health: none }
            """
                .formatted(directory.resolve("data")));
    node =
        MusterNode.start(
            MusterSettings.read(Settings.load(Optional.of(config), Map.of(), Map.of())));
  }

  @AfterAll
  static void stop() {
    if (node != null) node.close();
  }

  /// Address and token are found by the settings.
  private static Ran ask(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "-c";
    all[arguments.length + 1] = config.toString();
    return Ran.muster(all);
  }

  private static JsonNode json(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--json";
    Ran ran = ask(all);
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out().lines()).hasSize(1);
    return AdminClient.JSON.readTree(ran.out());
  }

  @Test
  @Order(1)
  void statusAndMembers() {
    assertThat(json("status").propertyNames())
        .containsExactly(
            "name",
            "id",
            "cluster",
            "version",
            "pid",
            "ready",
            "state",
            "clientPorts",
            "peers",
            "uptimeMillis");
    assertThat(ask("status").out())
        .contains("member   one (")
        .contains("pid " + ProcessHandle.current().pid())
        .contains("state    ready")
        .containsPattern("group {4}meta {5}leader");
    JsonNode self = json("members").path("members").get(0);
    assertThat(self.propertyNames())
        .containsExactly(
            "name",
            "id",
            "state",
            "inStateMillis",
            "address",
            "roles",
            "service",
            "incarnation",
            "labels",
            "suspectedBy");
    assertThat(self.path("state").asString()).isEqualTo("alive");
    assertThat(self.path("inStateMillis").asLong()).isPositive();
    assertThat(ask("members").out().lines()).hasSize(2).element(1).asString().startsWith("one ");
  }

  @Test
  @Order(2)
  void recordsAreWrittenReadCountedAndRemoved() {
    assertThat(ask("data", "set", "/s/ü 1", "{\"t\":1}").out()).isEqualTo("version 1\n");
    assertThat(json("data", "set", "/s/2", "5").path("data").toString()).isEqualTo("{\"value\":5}");
    assertThat(ask("data", "get", "/s/ü 1").out()).isEqualTo("{\"t\":1}\n");
    assertThat(ask("data", "get", "/s/*").out())
        .isEqualTo("/s/2  {\"value\":5}\n/s/ü 1  {\"t\":1}\n");
    assertThat(json("data", "get", "/s/*").path("records").size()).isEqualTo(2);
    assertThat(ask("data", "count", "/s/*").out()).isEqualTo("2\n");
    assertThat(json("data", "count", "/s/*").toString()).isEqualTo("{\"count\":2}");
    assertThat(ask("data", "remove", "/s/2").out()).isEqualTo("removed 1\n");
    assertThat(json("data", "remove", "/s/*").toString()).isEqualTo("{\"removed\":1}");

    Ran absent = ask("data", "get", "/s/2");
    assertThat(absent.code()).isEqualTo(1);
    assertThat(absent.err()).isEqualTo("muster: no record at /s/2 (not_found)\n");
    Ran bad = ask("data", "set", "/s/2", "{");
    assertThat(bad.code()).isEqualTo(1);
    assertThat(bad.err()).contains("expected JSON in the body").contains("(bad_request)");
  }

  @Test
  @Order(3)
  void aWatchEndsAfterItsTimeOrItsCount() throws Exception {
    Ran quiet = ask("data", "watch", "/w/*", "--timeout", "200ms");
    assertThat(quiet.code()).as(quiet.err()).isZero();
    assertThat(quiet.out()).isEmpty();
    assertThat(quiet.err()).startsWith("watching /w/* at http://127.0.0.1:");

    Ran tooFew = ask("data", "watch", "/w/*", "--timeout", "200ms", "--count", "1");
    assertThat(tooFew.code()).isEqualTo(1);
    assertThat(tooFew.err()).contains("0 of 1 events within 0.2 s");

    // Written again and again, since the watch takes a moment to begin.
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  AdminClient admin = new AdminClient();
                  admin.config = config;
                  while (!Thread.currentThread().isInterrupted()) {
                    try {
                      admin.send("PUT", "/v1/data/w/1", "{\"n\":1}");
                    } catch (Main.NotRunning e) {
                      return;
                    }
                  }
                });
    try {
      Ran two = ask("data", "watch", "/w/*", "--json", "--count", "2", "--timeout", "30");

      assertThat(two.code()).as(two.err()).isZero();
      // The member of this process writes its log there.
      assertThat(two.err().lines().filter(l -> !l.contains(" INFO "))).isEmpty();
      assertThat(two.out().lines()).hasSize(2);
      for (String line : two.out().lines().toList()) {
        JsonNode e = AdminClient.JSON.readTree(line);
        assertThat(e.propertyNames())
            .containsExactly("action", "path", "data", "timestamp", "origin");
        assertThat(e.path("action").asString()).isEqualTo("set");
        assertThat(e.path("path").asString()).isEqualTo("/w/1");
        assertThat(e.path("data").toString()).isEqualTo("{\"n\":1}");
        assertThat(e.path("origin").asString()).isEqualTo("admin");
      }
      assertThat(ask("data", "watch", "/w/*", "--count", "1", "--timeout", "30").out())
          .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  set     /w/1  \\{\"n\":1}  \\(by admin\\)\n");
    } finally {
      writer.interrupt();
      writer.join();
    }
  }

  @Test
  @Order(3)
  void topicsAreSentAndWatched() throws Exception {
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  AdminClient admin = new AdminClient();
                  admin.config = config;
                  while (!Thread.currentThread().isInterrupted()) {
                    try {
                      admin.send("POST", "/v1/topics?topic=/t", "{\"n\":1}");
                    } catch (Main.NotRunning e) {
                      return;
                    }
                  }
                });
    try {
      Ran some = ask("topic", "watch", "/t", "--json", "--count", "2", "--timeout", "30");
      assertThat(some.code()).as(some.err()).isZero();
      assertThat(some.out().lines())
          .hasSize(2)
          .allMatch(
              ("{\"topic\":\"/t\",\"payload\":{\"n\":1}," + "\"local\":true,\"origin\":\"one\"}")
                  ::equals);
      assertThat(ask("topic", "watch", "--count", "1", "--timeout", "30").out())
          .isEqualTo("/t  {\"n\":1}  (from one)\n");
    } finally {
      sender.interrupt();
      sender.join();
    }
    assertThat(ask("topic", "send", "/t", "[1]").out()).isEqualTo("sent by one\n");
    Ran wrong = ask("topic", "send", "/t", "{");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("payload: expected JSON");
  }

  @Test
  @Order(4)
  void whatHappenedAndWhatHappensIsShown() {
    // What is kept comes at once, but for a machine that is busy.
    Ran all = ask("monitor", "--after", "0", "--timeout", "500ms");
    for (int i = 1; !all.out().contains("ready") && i <= 32; i *= 2) {
      all = ask("monitor", "--after", "0", "--timeout", i + "s");
    }
    assertThat(all.code()).as(all.err()).isZero();
    assertThat(all.out())
        .containsPattern("gate +ready")
        .containsPattern("group +group meta: leader, led by 127.0.0.1:\\d+, 1 vote");
    JsonNode gate = json("monitor", "--after", "0", "--type", "gate", "--count", "1");
    assertThat(gate.propertyNames()).containsExactly("id", "at", "type", "text", "fields");
    assertThat(ask("monitor", "--after", "nonsense").err()).contains("after: expected the id");

    JsonNode top = json("top", "--once", "--every", "200ms");
    assertThat(top.path("missing").isEmpty()).isTrue();
    JsonNode one = top.path("members").get(0);
    assertThat(one.path("member").asString()).isEqualTo("one");
    assertThat(one.path("leads").size()).isEqualTo(2);
    assertThat(one.path("heapUsed").asLong()).isPositive();
    assertThat(ask("top", "--every", "100ms").out())
        .startsWith("MEMBER ")
        .containsPattern("one .* meta,data-0|one .* data-0,meta");
    assertThat(ask("top", "--every", "1ms").code()).isEqualTo(2);
  }

  @Test
  @Order(5)
  void readinessAndMembersAreExplained() {
    Ran ready = ask("explain", "readiness");
    assertThat(ready.code()).as(ready.err()).isZero();
    assertThat(ready.out())
        .startsWith("one is ready\n")
        .contains("yes  enough members of service happn-cluster-node are here and linked: 1 of 1")
        .contains("yes  group data-0 takes writes: leader, led by")
        .doesNotContain("NO ");
    Ran one = ask("explain", "member", "one");
    assertThat(one.code()).as(one.err()).isZero();
    assertThat(one.out()).startsWith("one is alive: ").contains("seen by one");
    Ran none = ask("explain", "member", "nobody");
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err()).contains("no member is called 'nobody'");
  }

  @Test
  @Order(6)
  void theLastMemberMayNotLeaveAndGoesOn() {
    Ran refused = ask("leave");

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err())
        .contains("it is the last voter of data-0")
        .contains("(leave_refused)");
    assertThat(json("status").path("ready").asBoolean()).isTrue();
    Ran drained = ask("drain", "--leave", "--timeout", "60s");
    assertThat(drained.code()).isEqualTo(1);
    assertThat(drained.err()).contains("(leave_refused)");
    assertThat(json("status").path("ready").asBoolean()).isTrue();
    assertThat(ask("drain", "--leave", "--stop").code()).isEqualTo(2);
  }

  @Test
  @Order(7)
  void stopWaitsForTheProcessToEnd() throws Exception {
    // This process is the member's, and goes on.
    Ran stopped = ask("stop", "--timeout", "5");

    assertThat(stopped.code()).isEqualTo(1);
    assertThat(stopped.err()).contains("is still stopping after 5.0 s");
    node.awaitStop();
    assertThat(directory.resolve("data/admin.url")).doesNotExist();
  }
}
