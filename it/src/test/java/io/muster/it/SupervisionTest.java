package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.muster.testing.Eventually;
import io.muster.testing.Programs;
import io.muster.testing.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Three members watch real Redis servers: they agree, act once, keep a real haproxy in step, and
/// go on when the one that decides is killed.
class SupervisionTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private Cluster cluster;
  private RedisServer one;
  private RedisServer two;
  private int front;

  /// A socket's path is short.
  @TempDir Path sockets;

  @BeforeEach
  void start() throws IOException {
    one = RedisServer.start().orElse(null);
    two = RedisServer.start().orElse(null);
    assumeTrue(one != null && two != null, "no redis-server here");
    cluster = Cluster.prepare("watch", 3, null);
    front = Cluster.freePorts(1).getFirst();
    for (MemberProcess m : cluster.members) configure(m);
    cluster.members.forEach(MemberProcess::start);
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  private void configure(MemberProcess m) throws IOException {
    String yaml =
        """
        clusters:
          cache:
            type: clusterduck-redis
            nodes:
              - addr: 127.0.0.1:%d
              - {addr: 'tcp://127.0.0.1:%d', weight: 5}
            health_checks:
              - {type: basic, commands: [[SET, x, y]], every: 300ms, timeout: 1s}
            triggers:
              - on: [active]
                queue: serial
                do:
                  - {type: shell, commands: ['echo "$MUSTER_INDEX $nodes_active_count" >> every']}
              - on: nodes.state
                run: leader
                queue: serial
                do:
                  - type: shell
                    commands: ['echo "$NODE_ADDR $NODE_OLD_STATE $NODE_STATE" >> %s']
        """
            .formatted(one.port(), two.port(), cluster.directory.resolve("once"));
    if (m == cluster.member(0) && haproxy()) {
      yaml +=
          """
              balancers:
                front:
                  type: haproxy
                  listen: ['127.0.0.1:%d']
                  socket: %s/admin.sock
                  master_socket: %s/master.sock
          """
              .formatted(front, sockets, sockets);
    }
    Files.writeString(m.directory.resolve("muster.yaml"), yaml, StandardOpenOption.APPEND);
  }

  private static boolean haproxy() {
    return Programs.onPath("haproxy") || Programs.install("haproxy");
  }

  @AfterEach
  void stop() throws IOException {
    if (cluster != null) {
      endHaproxy();
      cluster.close();
    }
    if (one != null) one.close();
    if (two != null) two.close();
  }

  /// It goes on when its member ends, as it should; the test ends it by its pid.
  private void endHaproxy() throws IOException {
    List<Path> pids;
    try (var files = Files.walk(cluster.member(0).directory)) {
      pids = files.filter(f -> f.getFileName().toString().endsWith(".pid")).toList();
    }
    for (Path f : pids) {
      for (String pid : Files.readString(f).split("\\s+")) {
        if (pid.isBlank()) continue;
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }

  private static JsonNode node(MemberProcess m, RedisServer redis) {
    for (JsonNode n : m.adminJson("/v1/clusters/cache").path("nodes")) {
      if (n.path("addr").asString().equals("127.0.0.1:" + redis.port())) return n;
    }
    throw new AssertionError("no node for port " + redis.port());
  }

  private static void await(List<MemberProcess> all, RedisServer redis, String state) {
    for (MemberProcess m : all) {
      Eventually.within(
          LIMIT,
          m.name + " knows that it is " + state,
          () -> node(m, redis).path("state").asString().equals(state));
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private MemberProcess judge(MemberProcess asked) {
    String name = asked.adminJson("/v1/clusters/cache").path("judge").asString();
    return cluster.members.stream().filter(m -> m.name.equals(name)).findFirst().orElseThrow();
  }

  private String askFront(String line) {
    try (Socket s = new Socket(InetAddress.getLoopbackAddress(), front)) {
      s.setSoTimeout(10_000);
      s.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
      byte[] answer = new byte[64];
      int n = s.getInputStream().read(answer);
      return n < 0 ? "" : new String(answer, 0, n, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void membersAgreeActOnceAndGoOnWhenTheJudgeIsKilled() throws Exception {
    List<MemberProcess> all = cluster.members;
    Path once = cluster.directory.resolve("once");
    await(all, one, "passing");
    await(all, two, "passing");
    if (haproxy()) Eventually.within(LIMIT, "the front", () -> askFront("PING").equals("+PONG"));

    long killed = System.nanoTime();
    one.kill();
    await(all, one, "critical");
    System.out.printf("agreed down after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
    for (MemberProcess m : all) {
      Eventually.within(
          LIMIT,
          m.name + " ran its trigger",
          () -> lines(m.directory.resolve("every")).stream().anyMatch(l -> l.endsWith(" 1")));
    }
    if (haproxy()) {
      Eventually.within(LIMIT, "one server", () -> only(two));
      for (int i = 0; i < 10; i++) assertThat(askFront("PING")).isEqualTo("+PONG");
    }
    JsonNode down = node(all.getFirst(), one);
    assertThat(down.path("index").asLong()).isPositive();
    for (MemberProcess m : all) {
      assertThat(node(m, one).path("index").asLong()).isEqualTo(down.path("index").asLong());
    }

    MemberProcess judge = judge(all.getFirst());
    List<MemberProcess> rest = new ArrayList<>(all);
    rest.remove(judge);
    judge.kill();
    two.kill();
    await(rest, two, "critical");
    assertThat(judge(rest.getFirst())).isNotEqualTo(judge);
    one.again();
    await(rest, one, "passing");
    judge.start().awaitReady(Cluster.READY);
    await(all, one, "passing");
    await(all, two, "critical");

    String first = "127.0.0.1:" + one.port();
    String second = "127.0.0.1:" + two.port();
    Eventually.within(LIMIT, "all effects", () -> lines(once).size() >= 5);
    assertThat(lines(once))
        .containsExactlyInAnyOrder(
            first + " unknown passing",
            second + " unknown passing",
            first + " passing critical",
            second + " passing critical",
            first + " critical passing");
    assertThat(MusterCommand.done(all.getFirst(), "cluster", "history", "cache", first))
        .contains("critical", "passing");
  }

  /// Whether haproxy uses the newest pool, of this server alone.
  private boolean only(RedisServer redis) {
    JsonNode cache = cluster.member(0).adminJson("/v1/clusters/cache");
    JsonNode balancer = cache.path("balancers").path(0);
    JsonNode active = cache.path("active");
    return active.size() == 1
        && active.path(0).asString().equals("127.0.0.1:" + redis.port())
        && balancer.path("wanted").asLong() >= 2
        && balancer.path("applied").asLong() == balancer.path("wanted").asLong();
  }
}
