package io.muster.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.muster.bench.LyingServer.Lie;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The generator against a server that lies: every lie is found, and honesty is not doubted.
class BenchTest {
  private static final Timing SHORT = new Timing(Duration.ofMillis(50), Duration.ofMillis(300));
  private static final FanoutPlan PACED = new FanoutPlan(6, 2, 3, 128, 500, false);
  private static final SetGetPlan SETS = new SetGetPlan(SetGetPlan.Op.SET, 3, 20, 128, 0);

  private static Target target(URI url) {
    return target(url, List.of(), Optional.empty(), Optional.empty());
  }

  private static Target target(
      URI url, List<URI> admins, Optional<Secret> password, Optional<Path> ca) {
    return new Target(List.of(url), admins, "_ADMIN", password, ca, 2);
  }

  private static LoadResult fanout(Lie lie, FanoutPlan plan) throws Exception {
    try (LyingServer server = new LyingServer(lie, null, null)) {
      return Bench.fanout(target(server.url("ws")), plan, SHORT, _ -> {});
    }
  }

  private static LoadResult setGet(Lie lie, SetGetPlan plan) throws Exception {
    try (LyingServer server = new LyingServer(lie, null, null)) {
      LoadResult r = Bench.setGet(target(server.url("ws")), plan, SHORT, _ -> {});
      assertThat(server.removals).as("cleaned up").hasValue(1);
      assertThat(server.recordsLeft()).isZero();
      return r;
    }
  }

  @Test
  void anHonestServerIsClean() throws Exception {
    for (FanoutPlan plan :
        List.of(
            PACED,
            new FanoutPlan(6, 2, 3, 128, 0, false),
            new FanoutPlan(5, 3, 2, 64, 300, false),
            new FanoutPlan(4, 1, 4, 5000, 0, false))) {
      LoadResult r = fanout(Lie.NONE, plan);

      assertThat(r.checked())
          .as("%s", plan)
          .isEqualTo(new Checked(0, 0, 0, 0, 0, Optional.empty()));
      assertThat(r.checked().clean()).isTrue();
      assertThat(r.done()).isPositive();
      assertThat(r.latency().p50Nanos()).isPositive();
      assertThat(r.latency().p99Nanos()).isGreaterThanOrEqualTo(r.latency().p50Nanos());
      assertThat(r.cost()).isEmpty();
    }
  }

  @Test
  void whatIsLostIsCounted() throws Exception {
    Checked c = fanout(Lie.LOSE, PACED).checked();

    assertThat(c.lost()).isPositive();
    assertThat(c.duplicates()).isZero();
    assertThat(c.outOfOrder()).isZero();
    assertThat(c.clean()).isFalse();
  }

  @Test
  void whatComesAgainIsCounted() throws Exception {
    Checked c = fanout(Lie.REPEAT, PACED).checked();

    assertThat(c.duplicates()).isPositive();
    assertThat(c.lost()).isZero();
    assertThat(c.clean()).isFalse();
  }

  @Test
  void whatComesTooLateIsCounted() throws Exception {
    Checked c = fanout(Lie.SWAP, PACED).checked();

    assertThat(c.outOfOrder()).isPositive();
    assertThat(c.duplicates()).isZero();
    assertThat(c.clean()).isFalse();
  }

  @Test
  void aClosedConnectionIsCountedAndTheRestGoesOn() throws Exception {
    Checked c = fanout(Lie.HANG_UP, PACED).checked();

    assertThat(c.disconnected()).isEqualTo(1);
    assertThat(c.lost()).isPositive();
    assertThat(c.trouble()).hasValueSatisfying(t -> assertThat(t).contains("a subscriber, ws://"));
  }

  @Test
  void aStallOfTheServerIsInTheLatency() throws Exception {
    try (LyingServer server = new LyingServer(Lie.NONE, null, null)) {
      server.stallMillis = 80;

      LoadResult r =
          Bench.fanout(
              target(server.url("ws")), new FanoutPlan(1, 1, 1, 64, 200, false), SHORT, _ -> {});

      assertThat(r.latency().p50Nanos()).isGreaterThan(79_000_000);
      assertThat(r.checked().clean()).isTrue();
    }
  }

  @Test
  void writesAreReadBackAndReadsAreCompared() throws Exception {
    assertThat(setGet(Lie.NONE, SETS).checked().clean()).isTrue();
    LoadResult reads = setGet(Lie.NONE, new SetGetPlan(SetGetPlan.Op.GET, 3, 20, 128, 400));
    assertThat(reads.checked().clean()).isTrue();
    assertThat(reads.done()).isPositive();
    assertThat(reads.latency().p50Nanos()).isPositive();

    Checked forgotten = setGet(Lie.FORGET, SETS).checked();

    assertThat(forgotten.lost()).as("each record").isEqualTo(20);
    assertThat(forgotten.trouble()).hasValueSatisfying(t -> assertThat(t).contains("found none"));
  }

  @Test
  void refusedWritesAndRepeatedAnswersAreCounted() throws Exception {
    Checked refused = setGet(Lie.REFUSE, SETS).checked();
    Checked repeated = setGet(Lie.ANSWER_TWICE, SETS).checked();

    assertThat(refused.refused()).isEqualTo(1);
    assertThat(refused.lost()).isZero();
    assertThat(repeated.duplicates()).isPositive();
    assertThat(repeated.lost()).isZero();
  }

  @Test
  void queriesAreCountedByTheirRecords() throws Exception {
    for (QueryPlan.Kind kind : QueryPlan.Kind.values()) {
      try (LyingServer server = new LyingServer(Lie.NONE, null, null)) {
        QueryPlan plan = new QueryPlan(kind, 40, 10, 3, 64);

        LoadResult r = Bench.query(target(server.url("ws")), plan, SHORT, _ -> {});

        assertThat(r.checked()).as("%s", kind).matches(Checked::clean);
        assertThat(server.recordsLeft()).isZero();
      }
    }
    try (LyingServer server = new LyingServer(Lie.FORGET, null, null)) {
      QueryPlan plan = new QueryPlan(QueryPlan.Kind.PREFIX, 40, 10, 3, 64);

      Checked forgotten = Bench.query(target(server.url("ws")), plan, SHORT, _ -> {}).checked();

      assertThat(forgotten.lost()).isPositive();
      assertThat(forgotten.trouble())
          .hasValueSatisfying(t -> assertThat(t).contains("expected 10 records"));
    }
    assertThatThrownBy(() -> new QueryPlan(QueryPlan.Kind.SCAN, 45, 10, 1, 64))
        .hasMessageContaining("a multiple of --hits 10");
  }

  @Test
  void loginsAreRepeatedOnConnectionsOfTheirOwn() throws Exception {
    try (LyingServer server = new LyingServer(Lie.NONE, "secret", null)) {
      URI url = server.url("ws");
      Target known = target(url, List.of(), Optional.of(new Secret("secret")), Optional.empty());

      LoadResult r = Bench.login(known, new LoginPlan(4), SHORT, _ -> {});

      assertThat(r.checked().clean()).isTrue();
      assertThat(server.logins).as("the first one at least").hasValueGreaterThan(0);
      assertThatThrownBy(
              () ->
                  Bench.login(
                      target(url, List.of(), Optional.of(new Secret("no")), Optional.empty()),
                      new LoginPlan(4),
                      SHORT,
                      _ -> {}))
          .hasMessageContaining("login as _ADMIN was refused");
    }
  }

  @Test
  void costIsReadFromTheMembersMetrics() throws Exception {
    AtomicLong cpu = new AtomicLong(5_000_000_000L);
    HttpServer admin =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4);
    admin.createContext(
        "/metrics",
        x -> {
          byte[] text =
              ("process_cpu_time_ns_total "
                      + (double) cpu.getAndAdd(1_000_000_000L)
                      + "\nprocess_resident_memory_bytes 1048576.0\n")
                  .getBytes(StandardCharsets.UTF_8);
          x.sendResponseHeaders(200, text.length);
          x.getResponseBody().write(text);
          x.close();
        });
    admin.start();
    URI url = URI.create("http://127.0.0.1:" + admin.getAddress().getPort());
    try (LyingServer server = new LyingServer(Lie.NONE, null, null)) {
      Target target =
          target(server.url("ws"), List.of(url, url), Optional.empty(), Optional.empty());

      LoadResult r = Bench.fanout(target, PACED, SHORT, _ -> {});
      IdleResult idle = Bench.idle(target, new IdlePlan(5), SHORT, _ -> {});

      assertThat(r.cost())
          .hasValueSatisfying(
              c -> {
                assertThat(c.members()).isEqualTo(2);
                assertThat(c.cpuSeconds()).isEqualTo(4.0);
                assertThat(c.residentBytes()).hasValue(2 << 20);
                assertThat(c.perMillion(2_000_000)).hasValue(2.0);
              });
      assertThat(idle.cores()).isPresent();
      assertThat(idle.bytesPerClient()).hasValue(0);
      assertThat(idle.checked().clean()).isTrue();
    } finally {
      admin.stop(0);
    }
  }

  @Test
  void tlsIsSpokenToThoseWhoseAuthorityIsTrusted(@TempDir Path dir) throws Exception {
    X509Bundle bundle =
        new CertificateBuilder()
            .subject("CN=localhost")
            .addSanIpAddress("127.0.0.1")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path ca = Files.writeString(dir.resolve("ca.pem"), bundle.getCertificatePathPEM());
    var tls =
        SslContextBuilder.forServer(bundle.getKeyPair().getPrivate(), bundle.getCertificatePath())
            .build();
    try (LyingServer server = new LyingServer(Lie.NONE, "sesame", tls)) {
      Optional<Secret> password = Optional.of(new Secret("sesame"));
      URI url = server.url("wss");

      LoadResult r =
          Bench.fanout(target(url, List.of(), password, Optional.of(ca)), PACED, SHORT, _ -> {});

      assertThat(r.checked().clean()).isTrue();
      assertFails(ErrorCode.BENCH_UNREACHABLE, "TLS", target(url));
    }
  }

  @Test
  void failuresOfTheSetUpSayWhatToDo() throws Exception {
    try (LyingServer server = new LyingServer(Lie.NONE, "sesame", null)) {
      URI url = server.url("ws");
      assertFails(ErrorCode.SETTING_INVALID, "MUSTER_PASSWORD", target(url));
      Target wrong =
          target(url, List.of(), Optional.of(new Secret("abracadabra")), Optional.empty());
      assertFails(ErrorCode.BENCH_REFUSED, "Invalid credentials (401)", wrong);
      assertThatThrownBy(() -> Bench.idle(wrong, new IdlePlan(1), SHORT, _ -> {}))
          .hasMessageNotContaining("abracadabra");
      assertFails(
          ErrorCode.BENCH_UNREACHABLE,
          "404",
          target(Target.url("127.0.0.1:" + url.getPort() + "/other")));
    }
    int nobody;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = s.getLocalPort();
    }
    assertFails(ErrorCode.BENCH_UNREACHABLE, "refused", target(Target.url("127.0.0.1:" + nobody)));
  }

  private static void assertFails(ErrorCode code, String words, Target target) {
    assertThatThrownBy(() -> Bench.fanout(target, PACED, SHORT, _ -> {}))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  @Test
  void plansOutOfRangeAreRefusedByTheOptionsName() {
    assertInvalid("--subs", () -> new FanoutPlan(0, 1, 1, 128, 0, false));
    assertInvalid("--topics", () -> new FanoutPlan(3, 1, 4, 128, 0, false));
    assertInvalid("--size", () -> new FanoutPlan(3, 1, 1, 8, 0, false));
    assertInvalid("--rate", () -> new FanoutPlan(3, 1, 1, 128, -1, false));
    assertInvalid("--keys", () -> new SetGetPlan(SetGetPlan.Op.SET, 5, 4, 128, 0));
    assertInvalid("--secs", () -> new Timing(Duration.ZERO, Duration.ZERO));
    assertInvalid(
        "--threads",
        () ->
            new Target(
                List.of(URI.create("ws://a:1/")),
                List.of(),
                "u",
                Optional.empty(),
                Optional.empty(),
                0));
    assertInvalid("--url", () -> Target.url("ftp://there"));
    assertInvalid("--url", () -> Target.url("ws://"));
    assertInvalid(
        "--url",
        () ->
            Bench.fanout(
                target(Target.url("a:1")), new FanoutPlan(1, 1, 1, 64, 0, true), SHORT, _ -> {}));
  }

  private static void assertInvalid(String option, Runnable plan) {
    assertThatThrownBy(plan::run)
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SETTING_INVALID))
        .hasMessageStartingWith(option);
  }

  @Test
  void addressesAreUnderstoodAsPeopleWriteThem() {
    assertThat(Target.url("10.0.0.1:55000")).hasToString("ws://10.0.0.1:55000/primus");
    assertThat(Target.url("https://muster.example")).hasToString("wss://muster.example:443/primus");
    assertThat(Target.url("http://[::1]:7000/")).hasToString("ws://[::1]:7000/primus");
    assertThat(Target.url("ws://a:1/b/primus")).hasToString("ws://a:1/b/primus");
  }
}
