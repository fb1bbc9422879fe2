package io.muster.plugins.balancer.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.Balancer.Applied;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.balance.Pool;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import io.muster.testing.Backend;
import io.muster.testing.Eventually;
import io.muster.testing.Load;
import io.muster.testing.Ports;
import io.muster.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real nginxes, real clients.
class NginxLiveTest {
  private static final int RELOADS = 100;

  @TempDir Path directory;
  private final int port = Ports.free();
  private final List<Backend> backends = new ArrayList<>();
  private long revision;

  @BeforeEach
  void start() throws IOException {
    Nginx.needed();
    for (String name : List.of("a", "b", "c")) backends.add(Backend.start(name));
    Nginx.prepare(directory, port);
  }

  @AfterEach
  void end() throws IOException {
    Nginx.end(directory);
    backends.forEach(Backend::close);
  }

  @Test
  void aHundredReloadsFailNoRequestAndEndNoConnection() throws IOException {
    List<Load.Held> held = new ArrayList<>();
    try (Balancer balancer = open(Map.of())) {
      assertThat(balancer.apply(pool(0, 1, 2))).isEqualTo(Applied.STARTED);
      reachable();
      for (int i = 0; i < 4; i++) held.add(Load.Held.upgraded(port));
      try (Load load = Load.of(port, 4)) {
        for (int n = 1; n <= RELOADS; n++) {
          Pool pool = n % 3 == 0 ? pool(0, 1, 2) : n % 3 == 1 ? pool(1, 2) : pool(0);
          assertThat(balancer.apply(pool)).isEqualTo(Applied.RELOADED);
          load.proceed(3);
          for (Load.Held h : held) h.say("after reload " + n);
        }
        load.close();
        assertThat(load.failures()).isEmpty();
        assertThat(load.answered()).isGreaterThanOrEqualTo(3 * RELOADS);
        System.err.println(
            "nginx: " + RELOADS + " reloads, " + load.answered() + " requests, 0 failed");
      }
    } finally {
      for (Load.Held h : held) h.close();
    }
  }

  private void reachable() {
    Eventually.within(Duration.ofSeconds(60), "an answer", () -> !Load.get(port).isEmpty());
  }

  @Test
  void whoDrainsGetsNoNewClientsAndKeepsThoseItHas() throws IOException {
    try (Balancer balancer = open(Map.of())) {
      balancer.apply(pool(0));
      reachable();
      try (Load.Held held = Load.Held.upgraded(port)) {
        List<Pool.Member> members = new ArrayList<>(pool(0, 1).members());
        members.set(0, new Pool.Member(members.getFirst().target(), true));
        balancer.apply(new Pool(++revision, members));

        for (int i = 0; i < 10; i++) assertThat(Load.get(port)).isEqualTo("b");
        held.say("still here");
        String stats = balancer.look().stats().toString();
        assertThat(stats).contains("workers").contains("finishing");
      }
    }
  }

  @Test
  void aFileThatNginxRefusesIsTakenBackAndWhatRunsGoesOn() throws IOException {
    try (Balancer balancer = open(Map.of())) {
      balancer.apply(pool(0));
    }
    Path file = directory.resolve("upstream.conf");
    String good = Files.readString(file);
    try (Balancer balancer = open(Map.of("upstream_append", "evil on;"))) {
      assertThatThrownBy(() -> balancer.apply(pool(1)))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.VALIDATE))
          .hasMessageContaining("evil")
          .hasMessageContaining(file + ":");
    }
    assertThat(file).hasContent(good);
    reachable();
    assertThat(Load.get(port)).isEqualTo("a");
    try (var files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .noneMatch(f -> f.contains("muster-new"));
    }
  }

  @Test
  void aProgramThatIsMissingIsNamedWithTheKeyThatSaysWhereItIs() {
    try (Balancer balancer = open(Map.of("nginx_bin", "/nowhere/nginx"))) {
      assertThatThrownBy(() -> balancer.apply(pool(0)))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.VALIDATE))
          .hasMessageContaining("/nowhere/nginx")
          .hasMessageContaining("nginx_bin");
      assertThat(directory.resolve("upstream.conf")).doesNotExist();
    }
  }

  @Test
  void oneThatDoesNotRunIsNamedUnlessItMayBeStarted() {
    try (Balancer balancer = open(Map.of("start", "false"))) {
      assertThatThrownBy(() -> balancer.apply(pool(0)))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.UNREACHABLE))
          .hasMessageContaining(directory.resolve("nginx.pid").toString());
      assertThat(directory.resolve("upstream.conf")).doesNotExist();
    }
  }

  @Test
  void oneThatWasKilledIsSeenAndStartedAgainAndOneSomebodyStartedIsTold() throws IOException {
    try (Balancer balancer = open(Map.of())) {
      balancer.apply(pool(0));
      Nginx.end(directory);

      assertThat(balancer.look().running()).isFalse();
      assertThat(balancer.apply(pool(0))).isEqualTo(Applied.STARTED);
      reachable();

      Nginx.end(directory);
      Programs.run(directory, 60, List.of("nginx", "-c", directory + "/nginx.conf"));
      Eventually.within(Duration.ofSeconds(60), "its start", () -> balancer.look().running());
      assertThat(balancer.look().drift()).singleElement().asString().contains("somebody else");
      assertThat(balancer.apply(pool(0))).isEqualTo(Applied.RELOADED);
      assertThat(balancer.look().drift()).isEmpty();
    }
  }

  @Test
  void aFileThatSomebodyChangedIsSeenAndPutRight() throws IOException {
    try (Balancer balancer = open(Map.of())) {
      balancer.apply(pool(0));
      Files.writeString(directory.resolve("upstream.conf"), "upstream pool { server [::1]:1; }");

      assertThat(balancer.look().drift()).singleElement().asString().contains("upstream.conf");
      assertThat(balancer.apply(pool(0))).isEqualTo(Applied.RELOADED);
      reachable();
    }
  }

  @Test
  void anEmptyPoolGetsAPageThatSaysSo() throws IOException {
    try (Balancer balancer = open(Map.of(), BalancerSetup.OnEmpty.MAINTENANCE_BACKEND)) {
      balancer.apply(pool(0));
      reachable();
      balancer.apply(new Pool(++revision, List.of()));
      assertThatThrownBy(() -> Load.get(port)).hasMessageContaining("503");
      balancer.apply(pool(0));
      assertThat(Load.get(port)).isEqualTo("a");
    }
  }

  private Balancer open(Map<String, String> more) {
    return open(more, BalancerSetup.OnEmpty.KEEP);
  }

  private Balancer open(Map<String, String> more, BalancerSetup.OnEmpty onEmpty) {
    Map<String, String> keys = new HashMap<>();
    keys.put("upstream_conf_path", "upstream.conf");
    keys.put("upstream_name", "pool");
    keys.put("nginx_conf_path", "nginx.conf");
    keys.put("start", "true");
    keys.put("step_timeout", "60000");
    keys.putAll(more);
    return new NginxProvider()
        .read(new MapSettings(keys))
        .open(
            new BalancerSetup.Place("web", "front", directory, directory.resolve("own"), onEmpty));
  }

  private Pool pool(int... which) {
    List<Pool.Member> members = new ArrayList<>();
    for (int i : which) {
      String addr = backends.get(i).address();
      Target target = new Target("web", addr, Endpoint.parse(addr, 0), Map.of());
      members.add(new Pool.Member(target, false));
    }
    return new Pool(++revision, members);
  }
}
