package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `muster bench` as a user runs it, with small numbers, against two secured members.
class BenchCommandTest {
  private static final String PASSWORD = "a password of the bench";
  private static Cluster cluster;

  @BeforeAll
  static void start() {
    cluster = Cluster.start("bench", 2, PASSWORD);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
  }

  private record Ended(int code, String out, String err) {
    JsonNode json() {
      assertThat(out.lines()).as("%s\n%s", this, cluster.lastLines()).hasSize(1);
      return HappnClients.JSON.readTree(out);
    }
  }

  private static Ended bench(String password, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(Tools.muster());
    command.add("bench");
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(cluster.directory, "bench", ".out");
    Path err = Files.createTempFile(cluster.directory, "bench", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(cluster.directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    if (password == null) builder.environment().remove("MUSTER_PASSWORD");
    else builder.environment().put("MUSTER_PASSWORD", password);
    Process p = builder.start();
    if (!p.waitFor(120, TimeUnit.SECONDS)) {
      p.destroyForcibly().waitFor();
      throw new AssertionError("did not end\n" + Files.readString(err));
    }
    return new Ended(p.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static String urls() {
    return "127.0.0.1:"
        + cluster.member(0).clientPort()
        + ",ws://127.0.0.1:"
        + cluster.member(1).clientPort();
  }

  private static String admins() {
    return cluster.member(0).adminUrl() + "," + cluster.member(1).adminUrl();
  }

  private static Ended small(String command, String... more) throws Exception {
    List<String> all =
        new ArrayList<>(List.of(command, "--url", urls(), "--admin", admins(), "--warmup", "0.5"));
    all.addAll(List.of("--secs", "1", "--threads", "2"));
    all.addAll(List.of(more));
    return bench(PASSWORD, all.toArray(String[]::new));
  }

  private static void assertClean(Ended e) {
    JsonNode r = e.json();
    assertThat(e.code()).as("%s", e).isZero();
    assertThat(e.err()).isEmpty();
    assertThat(r.path("clean").asBoolean(false)).isTrue();
    for (String promise : List.of("lost", "duplicates", "out_of_order", "refused")) {
      assertThat(r.path(promise).asLong(-1)).as(promise).isZero();
    }
    assertThat(r.path("members").asInt(0)).isEqualTo(2);
    assertThat(r.path("resident_bytes").isNull() || r.path("resident_bytes").asLong(0) > 1 << 20)
        .isTrue();
  }

  @Test
  void fanoutAtARateReachesAllSubscribersOnBothMembers() throws Exception {
    Ended e =
        small("fanout", "--subs", "10", "--pubs", "3", "--topics", "2", "--rate", "300", "--json");

    assertClean(e);
    JsonNode r = e.json();
    assertThat(r.path("command").asString("")).isEqualTo("fanout");
    assertThat(r.path("deliveries_per_s").asDouble(0)).isPositive();
    assertThat(r.path("latency_since").asString("")).isEqualTo("due");
    assertThat(r.path("p50_us").asDouble(0)).isPositive();
    assertThat(r.path("p99_us").asDouble(0)).isGreaterThanOrEqualTo(r.path("p50_us").asDouble(0));
    assertThat(r.path("p999_us").asDouble(0)).isGreaterThanOrEqualTo(r.path("p99_us").asDouble(0));
    assertThat(r.path("cpu_s_per_million").asDouble(0)).isPositive();
  }

  @Test
  void peopleGetAFewLines() throws Exception {
    Ended e = small("crossnode", "--subs", "4");

    assertThat(e.code()).as("%s", e).isZero();
    assertThat(e.out().lines().map(l -> l.split(" ", 2)[0]))
        .containsExactly("crossnode", "at", "for", "rate", "latency", "cpu", "checked", "self");
    assertThat(e.out())
        .contains(
            "0 lost, 0 duplicates, 0 out of order", "s per million", "1 publisher, 1 topic, ");
    assertThat(e.err()).contains("connecting subscribers: 4").doesNotContain(PASSWORD);
  }

  @Test
  void writesAreCheckedAndCleanedUp() throws Exception {
    Ended sets = small("setget", "--clients", "4", "--keys", "20", "--json");
    Ended gets =
        small("setget", "--op", "get", "--clients", "4", "--keys", "20", "--rate", "200", "--json");

    for (Ended e : List.of(sets, gets)) {
      assertClean(e);
      assertThat(e.json().path("requests_per_s").asDouble(0)).isPositive();
    }
    assertThat(cluster.member(0).adminJson("/v1/data/muster-bench/*?count").path("count").asInt(-1))
        .isZero();
  }

  @Test
  void idleClientsAreCounted() throws Exception {
    Ended e = small("idle", "--clients", "20", "--json");

    assertClean(e);
    assertThat(e.json().path("connects_per_s").asDouble(0)).isPositive();
    assertThat(e.json().path("cpu_cores").isNumber()).isTrue();
  }

  @Test
  void mistakesAreToldClearlyAndByTheExitCode() throws Exception {
    Ended wrong = bench("wrong password", "fanout", "--url", urls());
    assertThat(wrong.err())
        .contains("login as _ADMIN was refused")
        .doesNotContain("wrong password");
    assertThat(wrong.code()).isEqualTo(1);

    Ended none = bench(null, "fanout", "--url", urls());
    assertThat(none.err()).contains("give --password or set MUSTER_PASSWORD");
    assertThat(none.code()).isEqualTo(2);

    Ended subs = bench(null, "fanout", "--url", urls(), "--subs", "0");
    assertThat(subs.err()).contains("--subs: expected 1 to 100000, found 0");
    assertThat(subs.code()).isEqualTo(2);

    Ended alone = bench(null, "crossnode", "--url", "127.0.0.1:1");
    assertThat(alone.err()).contains("--url: expected two or more addresses");
    assertThat(alone.code()).isEqualTo(2);

    Ended text = bench(null, "setget", "--url", urls(), "--rate", "fast");
    assertThat(text.err()).contains("--rate");
    assertThat(text.code()).isEqualTo(2);

    Ended nobody = bench(null, "idle", "--url", "127.0.0.1:" + Cluster.freePorts(1).getFirst());
    assertThat(nobody.err()).contains("refused");
    assertThat(nobody.code()).as("%s", nobody).isEqualTo(3);
  }
}
