package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Users made on one member log in on another, and lose what is taken from them, with processes and
/// npm clients.
class UserAdministrationTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /// Within a second, with room for a machine that is busy with other tests.
  private static final Duration AT_ONCE = Duration.ofSeconds(5);

  private static Cluster cluster;
  private final List<Process> commands = new ArrayList<>();
  private final HappnClients clients = new HappnClients(HappnClients.CURRENT);

  @BeforeAll
  static void start() {
    cluster = Cluster.start("users", 3, "the admin's password");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
  }

  @AfterEach
  void end() {
    commands.forEach(Process::destroyForcibly);
    clients.close();
  }

  private record Ran(int code, String out) {}

  private Ran muster(MemberProcess of, String in, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(Tools.muster());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-c", of.directory.resolve("muster.yaml").toString()));
    Path out = Files.createTempFile(of.directory, "command-", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(of.directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().remove("MUSTER_PASSWORD");
    Process p = builder.start();
    commands.add(p);
    try (var to = p.outputWriter()) {
      to.write(in);
    } catch (IOException e) {
      // It ended without reading.
    }
    if (!p.waitFor(90, TimeUnit.SECONDS)) throw new AssertionError(Files.readString(out));
    return new Ran(p.exitValue(), Files.readString(out));
  }

  private String done(MemberProcess of, String in, String... arguments) throws Exception {
    Ran ran = muster(of, in, arguments);
    assertThat(ran.code).as(ran.out).isZero();
    return ran.out;
  }

  private static JsonNode rpc(MemberProcess at, String method, Object... params) throws Exception {
    return new AdminRpc(at).call(method, params);
  }

  private JsonNode connect(String as, MemberProcess to, String user, String password) {
    return clients
        .start(
            as,
            "connect",
            Map.of(
                "host", to.host(), "port", to.clientPort(), "username", user, "password", password))
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  private JsonNode call(String as, String command, Map<String, ?> arguments) {
    return clients.start(as, command, arguments).orTimeout(30, TimeUnit.SECONDS).join();
  }

  private void denied(String as, String command, Map<String, ?> arguments) {
    assertThatThrownBy(() -> call(as, command, arguments))
        .hasCauseInstanceOf(HappnClients.Refused.class)
        .hasMessageContaining("unauthorized");
  }

  private void awaitEnded(String as, String reason) {
    long since = System.nanoTime();
    Eventually.within(
        AT_ONCE,
        as + " is told " + reason,
        () ->
            clients.clientEvents.stream()
                .anyMatch(
                    e ->
                        e.path("as").asString("").equals(as)
                            && e.path("event").asString("").equals("session-ended")
                            && e.toString().contains(reason)));
    System.out.printf(
        "%s was told '%s' %d ms after the command%n",
        as, reason, (System.nanoTime() - since) / 1_000_000);
  }

  @Test
  void whatTheCommandsMakeHereHoldsForClientsThere() throws Exception {
    MemberProcess here = cluster.member(0);
    MemberProcess there = cluster.member(2);
    done(here, "", "group", "add", "readers");
    done(
        here,
        "",
        "permission",
        "allow",
        "--group",
        "readers",
        "--path",
        "/r/*",
        "--action",
        "get,on");
    done(here, "", "permission", "allow", "--group", "readers", "--path", "/w", "--action", "*");
    done(here, "bob's\n", "user", "add", "bob", "--group", "readers");

    connect("bob", there, "bob", "bob's");
    call("bob", "set", Map.of("path", "/w", "data", Map.of("v", 1)));
    call("bob", "get", Map.of("path", "/r/1"));
    denied("bob", "set", Map.of("path", "/r/1", "data", Map.of("v", 1)));
    assertThatThrownBy(() -> connect("eve", there, "bob", "wrong"))
        .hasMessageContaining("Invalid credentials");

    Ran no =
        muster(
            here,
            "",
            "explain",
            "permission",
            "--user",
            "bob",
            "--action",
            "set",
            "--path",
            "/r/1");
    assertThat(no.code).isEqualTo(1);
    assertThat(no.out).contains("bob may not set /r/1: no permission mentions it");
    done(here, "", "permission", "prohibit", "--user", "bob", "--path", "/w", "--action", "set");
    Eventually.within(
        AT_ONCE,
        "bob may not set /w",
        () -> {
          try {
            call("bob", "set", Map.of("path", "/w", "data", Map.of("v", 2)));
            return false;
          } catch (RuntimeException e) {
            return e.getCause() instanceof HappnClients.Refused;
          }
        });
    String why =
        muster(
                there,
                "",
                "explain",
                "permission",
                "--user",
                "bob",
                "--action",
                "set",
                "--path",
                "/w")
            .out;
    assertThat(why).contains("a prohibition always wins").contains("prohibits user bob /w");
    String yes =
        done(
            there,
            "",
            "explain",
            "permission",
            "--user",
            "bob",
            "--action",
            "get",
            "--path",
            "/r/1");
    assertThat(yes).contains("allows group readers /r/*");
  }

  @Test
  void sessionsElsewhereAreListedEndedRevokedAndGoWithTheirUser() throws Exception {
    MemberProcess here = cluster.member(0);
    MemberProcess there = cluster.member(1);
    for (String name : List.of("ann", "cid", "dan")) {
      rpc(here, "security.users.upsertUser", Map.of("username", name, "password", name));
      connect(name, there, name, name);
    }

    JsonNode listed =
        HappnClients.JSON.readTree(done(here, "", "session", "list", "--user", "ann", "--json"));
    assertThat(listed.path("unanswered")).isEmpty();
    assertThat(listed.path("sessions")).hasSize(1);
    JsonNode ann = listed.path("sessions").get(0);
    assertThat(ann.path("member").asString()).isEqualTo("m1");
    assertThat(rpc(here, "security.listActiveSessions").toString())
        .contains("\"cid\"")
        .contains("\"dan\"");

    String ended =
        done(here, "", "session", "end", ann.path("id").asString(), "--reason", "maintenance");
    assertThat(ended).isEqualTo("ended on member m1\n");
    awaitEnded("ann", "maintenance");

    String cid =
        HappnClients.JSON
            .readTree(done(here, "", "session", "list", "--user", "cid", "--json"))
            .at("/sessions/0/id")
            .asString();
    String revoked =
        done(here, "", "token", "revoke", "--session", cid, "--reason", "stolen", "--json");
    awaitEnded("cid", "token-revoked");
    String id = HappnClients.JSON.readTree(revoked).path("id").asString();
    assertThat(done(there, "", "token", "list")).contains(id).contains("stolen");
    assertThat(done(there, "", "token", "restore", id)).isEqualTo("restored\n");

    done(here, "", "user", "remove", "dan");
    awaitEnded("dan", "security directory update: user deleted");
    assertThatThrownBy(() -> connect("dan-again", there, "dan", "dan"))
        .hasMessageContaining("Invalid credentials");
    assertThat(muster(here, "", "user", "show", "dan").code).isEqualTo(1);
  }
}
