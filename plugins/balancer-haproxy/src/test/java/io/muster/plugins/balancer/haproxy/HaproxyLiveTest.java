package io.muster.plugins.balancer.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.Balancer.Applied;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real haproxies, real clients.
class HaproxyLiveTest {
  private static final int CHANGES = 100;

  @TempDir Path directory;
  private final int port = Ports.free();
  private final List<Backend> backends = new ArrayList<>();
  private long revision;

  @BeforeEach
  void start() {
    Haproxy.needed();
    for (String name : List.of("a", "b", "c")) backends.add(Backend.start(name));
  }

  @AfterEach
  void end() throws IOException {
    Haproxy.endAll(directory);
    backends.forEach(Backend::close);
  }

  @Test
  void aHundredChangesOfAnOwnProcessFailNoRequestAndEndNoConnection() throws IOException {
    try (Balancer balancer = own(Map.of())) {
      assertThat(balancer.apply(pool(false, 0, 1, 2))).isEqualTo(Applied.STARTED);
      Map<Applied, Integer> how = changes(balancer, n -> n % 10 == 0);

      assertThat(how.get(Applied.RUNTIME)).isGreaterThanOrEqualTo(CHANGES / 2);
      assertThat(how.get(Applied.RELOADED)).isGreaterThanOrEqualTo(CHANGES / 10);
      assertThat(how.keySet()).containsOnly(Applied.RUNTIME, Applied.RELOADED);
    }
  }

  @Test
  void aHundredReloadsOfAProcessThatWasThereFailNoRequestAndEndNoConnection() throws IOException {
    existing("");
    try (Balancer balancer = beside(Map.of())) {
      assertThat(balancer.apply(pool(false, 0, 1, 2))).isNotEqualTo(Applied.STARTED);
      Map<Applied, Integer> how = changes(balancer, _ -> true);

      assertThat(how).containsOnlyKeys(Applied.RELOADED).containsEntry(Applied.RELOADED, CHANGES);
    }
  }

  /// Clients come and go, others stay, while the set of servers changes all the time.
  ///
  /// @param reload which changes take a new process: a cookie cannot be given at run time
  private Map<Applied, Integer> changes(Balancer balancer, IntPredicate reload) throws IOException {
    Map<Applied, Integer> how = new EnumMap<>(Applied.class);
    List<Load.Held> held = new ArrayList<>();
    try (Load load = Load.of(port, 4)) {
      for (int i = 0; i < 6; i++) held.add(new Load.Held(port));
      for (Load.Held h : held) h.say("hello");
      boolean cookies = false;
      for (int n = 1; n <= CHANGES; n++) {
        if (reload.test(n)) cookies = !cookies;
        Pool pool =
            switch (n % 4) {
              case 0 -> pool(cookies, 0, 1, 2);
              case 1 -> pool(cookies, 1, 2);
              case 2 -> pool(cookies, 0, 2);
              default -> pool(cookies, 0);
            };
        how.merge(balancer.apply(pool), 1, Integer::sum);
        load.proceed(3);
        for (Load.Held h : held) h.say("after change " + n);
      }
      load.close();
      assertThat(load.failures()).isEmpty();
      assertThat(load.answered()).isGreaterThanOrEqualTo(3 * CHANGES);
      System.err.println("haproxy: " + how + ", " + load.answered() + " requests, 0 failed");
    } finally {
      for (Load.Held h : held) h.close();
    }
    return how;
  }

  @Test
  void aServerThatIsTakenOutKeepsItsClientsAndIsDeletedAfterThem() throws IOException {
    try (Balancer balancer = own(Map.of())) {
      balancer.apply(pool(false, 0));
      try (Load.Held held = new Load.Held(port)) {
        held.say("hello");
        Pool other = pool(false, 1);
        assertThat(balancer.apply(other)).isEqualTo(Applied.RUNTIME);
        held.say("still here");
        assertThat(Load.get(port)).isEqualTo("b");
        assertThat(servers()).hasSize(2);
        assertThat(balancer.look().drift()).isEmpty();

        // It comes back while somebody still uses it, and goes again.
        assertThat(balancer.apply(pool(false, 0, 1))).isEqualTo(Applied.RUNTIME);
        assertThat(balancer.apply(pool(false, 1))).isEqualTo(Applied.RUNTIME);
        held.say("still here");
      }
      Eventually.within(
          Duration.ofSeconds(60),
          "its end",
          () -> {
            balancer.apply(pool(false, 1));
            return servers().size() == 1;
          });
    }
  }

  private Map<String, RunningServer> servers() {
    AdminSocket socket =
        new AdminSocket(directory.resolve("own/admin.sock"), Duration.ofSeconds(30));
    return RunningServer.of(socket, "pool");
  }

  @Test
  void whoDrainsGetsNoNewClientsAndKeepsThoseItHas() throws IOException {
    try (Balancer balancer = own(Map.of())) {
      balancer.apply(pool(false, 0));
      try (Load.Held held = new Load.Held(port)) {
        held.say("hello");
        List<Pool.Member> members = new ArrayList<>(pool(false, 0, 1).members());
        members.set(0, new Pool.Member(members.getFirst().target(), true));

        assertThat(balancer.apply(new Pool(++revision, members))).isEqualTo(Applied.RUNTIME);

        for (int i = 0; i < 10; i++) assertThat(Load.get(port)).isEqualTo("b");
        held.say("still here");
        assertThat(balancer.apply(pool(false, 0))).isEqualTo(Applied.RUNTIME);
        assertThat(Load.get(port)).isEqualTo("a");
      }
    }
  }

  @Test
  void aMasterThatWasThereIsToldToReload() throws IOException {
    existing("master-worker\n    ");
    try (Balancer balancer = beside(Map.of())) {
      balancer.apply(pool(false, 0));
      String master = Files.readString(directory.resolve("h.pid"));
      try (Load.Held held = new Load.Held(port)) {
        held.say("hello");
        assertThat(balancer.apply(pool(true, 1))).isEqualTo(Applied.RELOADED);
        held.say("still here");
      }
      assertThat(Load.get(port)).isEqualTo("b");
      assertThat(Files.readString(directory.resolve("h.pid"))).isEqualTo(master);
      assertThat(directory.resolve("state")).content().contains("websrv_");
    }
  }

  @Test
  void aFileThatHaproxyRefusesIsNamedWithItsLineAndTheLastGoodOneStays() throws IOException {
    existing("");
    Path file = directory.resolve("h.cfg");
    try (Balancer balancer = beside(Map.of())) {
      balancer.apply(pool(false, 0));
      String broken = Files.readString(file).replace("balance roundrobin", "balance on_a_rope");
      Files.writeString(file, broken);

      assertThatThrownBy(() -> balancer.apply(pool(false, 1)))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.VALIDATE))
          .hasMessageContaining("balance only supports")
          .hasMessageContaining(file + ":");

      assertThat(file).hasContent(broken);
      assertThat(Load.get(port)).isEqualTo("a");
      Files.writeString(file, broken.replace("on_a_rope", "roundrobin"));
      balancer.apply(pool(false, 1));
      assertThat(Load.get(port)).isEqualTo("b");
    }
    try (var files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .noneMatch(f -> f.contains("muster-new"));
    }
  }

  @Test
  void aProgramThatIsMissingIsNamedWithTheKeyThatSaysWhereItIs() throws IOException {
    try (Balancer balancer = own(Map.of("haproxy_bin", "/nowhere/haproxy"))) {
      assertThatThrownBy(() -> balancer.apply(pool(false, 0)))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.VALIDATE))
          .hasMessageContaining("/nowhere/haproxy")
          .hasMessageContaining("haproxy_bin");
      assertThat(directory.resolve("own/haproxy.cfg")).doesNotExist();
    }
  }

  @Test
  void aPortThatIsTakenIsNamedAndNothingStays() throws IOException {
    try (Balancer balancer = own(Map.of("listen", backends.getFirst().address()))) {
      assertThatThrownBy(() -> balancer.apply(pool(false, 0)))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.APPLY))
          .hasMessageContaining(backends.getFirst().address());
      assertThat(directory.resolve("own/haproxy.cfg")).doesNotExist();
    }
  }

  @Test
  void aProcessThatWasKilledIsSeenAndStartedAgain() throws IOException {
    try (Balancer balancer = own(Map.of())) {
      balancer.apply(pool(false, 0));
      Haproxy.kill(directory.resolve("own/haproxy.pid"));

      Balancer.Look look = balancer.look();
      assertThat(look.running()).isFalse();
      assertThat(look.drift()).singleElement().asString().contains("does not run");

      assertThat(balancer.apply(pool(false, 0))).isEqualTo(Applied.STARTED);
      assertThat(Load.get(port)).isEqualTo("a");
    }
  }

  @Test
  void whatSomebodyDidByHandIsSeenAndPutRight() throws IOException {
    try (Balancer balancer = own(Map.of())) {
      Pool pool = pool(false, 0, 1);
      balancer.apply(pool);
      AdminSocket socket =
          new AdminSocket(directory.resolve("own/admin.sock"), Duration.ofSeconds(30));
      String name = "pool/" + Server.name(backends.getFirst().address());
      socket.ask("set server " + name + " state maint");

      assertThat(balancer.look().drift()).singleElement().asString().contains("in maintenance");
      assertThat(balancer.apply(pool)).isEqualTo(Applied.RUNTIME);
      assertThat(balancer.look().drift()).isEmpty();

      Path file = directory.resolve("own/haproxy.cfg");
      Files.writeString(file, Files.readString(file).replace("weight 1", "weight 9"));
      assertThat(balancer.look().drift()).singleElement().asString().contains("haproxy.cfg");
      balancer.apply(pool);
      assertThat(balancer.look().drift()).isEmpty();
      assertThat(balancer.look().stats().toString()).contains("stot");
    }
  }

  @Test
  void otherListenersTakeANewProcessAndKeepTheClientsOfTheOldOne() throws IOException {
    try (Balancer balancer = own(Map.of())) {
      balancer.apply(pool(false, 0));
    }
    int other = Ports.free();
    try (Load.Held held = new Load.Held(port);
        Balancer balancer = own(Map.of("listen", "127.0.0.1:" + other))) {
      held.say("hello");
      assertThat(balancer.apply(pool(false, 0))).isEqualTo(Applied.RELOADED);
      assertThat(Load.get(other)).isEqualTo("a");
      held.say("still here");
    }
  }

  @Test
  void anEmptyPoolGetsAPageThatSaysSo() throws IOException {
    Map<String, String> http = Map.of("mode", "http");
    try (Balancer balancer = own(http, BalancerSetup.OnEmpty.MAINTENANCE_BACKEND)) {
      balancer.apply(pool(false, 0));
      assertThat(balancer.apply(new Pool(++revision, List.of()))).isEqualTo(Applied.RELOADED);
      assertThatThrownBy(() -> Load.get(port)).hasMessageContaining("503");
      balancer.apply(pool(false, 0));
      assertThat(Load.get(port)).isEqualTo("a");
    }
  }

  // --- what they share

  private Balancer own(Map<String, String> more) {
    return own(more, BalancerSetup.OnEmpty.REMOVE);
  }

  private Balancer own(Map<String, String> more, BalancerSetup.OnEmpty onEmpty) {
    Map<String, String> keys = new HashMap<>();
    keys.put("listen", "127.0.0.1:" + port);
    keys.putAll(more);
    return open(keys, onEmpty);
  }

  private Balancer beside(Map<String, String> more) {
    Map<String, String> keys = new HashMap<>();
    keys.put("config_file", "h.cfg");
    keys.put("socket", "h.sock");
    keys.put("pid_file", "h.pid");
    keys.put("state_file", "state");
    keys.putAll(more);
    return open(keys, BalancerSetup.OnEmpty.REMOVE);
  }

  private Balancer open(Map<String, String> more, BalancerSetup.OnEmpty onEmpty) {
    Map<String, String> keys = new HashMap<>(more);
    keys.put("step_timeout", "60000");
    return new HaproxyProvider()
        .read(new MapSettings(keys))
        .open(
            new BalancerSetup.Place("web", "front", directory, directory.resolve("own"), onEmpty));
  }

  /// A haproxy that an operator runs, with a file of theirs.
  private void existing(String global) throws IOException {
    Path file = directory.resolve("h.cfg");
    Files.writeString(
        file,
        """
        # kept
        global
            %sstats socket %s mode 600 level admin expose-fd listeners
            server-state-file %s
        defaults
            mode tcp
            timeout connect 30s
            timeout client 10m
            timeout server 10m
            load-server-state-from-file global
        frontend clients
            bind 127.0.0.1:%d
            default_backend ours
        backend ours
            balance roundrobin
            #<servers/>
        """
            .formatted(global, directory.resolve("h.sock"), directory.resolve("state"), port));
    Programs.run(
        directory, 60, List.of("haproxy", "-f", file.toString(), "-D", "-p", directory + "/h.pid"));
  }

  /// @param which of the backends
  /// @param cookies gives each server an option that cannot be given at run time
  private Pool pool(boolean cookies, int... which) {
    List<Pool.Member> members = new ArrayList<>();
    for (int i : which) {
      String addr = backends.get(i).address();
      Map<String, JsonValue> attributes =
          cookies ? Map.of("cookie", new JsonValue.Text("c" + i)) : Map.of();
      Target target = new Target("web", addr, Endpoint.parse(addr, 0), attributes);
      members.add(new Pool.Member(target, false));
    }
    return new Pool(++revision, members);
  }
}
