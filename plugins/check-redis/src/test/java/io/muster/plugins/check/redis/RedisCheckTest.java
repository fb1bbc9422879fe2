package io.muster.plugins.check.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.muster.contract.CheckContract;
import io.muster.contract.MapSettings;
import io.muster.contract.ProbeContext;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.testing.RedisServer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// With a real Redis.
class RedisCheckTest {
  private static Optional<RedisServer> open = Optional.empty();
  private static Optional<RedisServer> locked = Optional.empty();

  @BeforeAll
  static void start() {
    open = RedisServer.start("--unixsocket", "{dir}/socket");
    locked =
        RedisServer.start("--requirepass", "s3cret", "--user", "bob", "on", ">b0b", "+@all", "~*");
  }

  @AfterAll
  static void end() {
    open.ifPresent(RedisServer::close);
    locked.ifPresent(RedisServer::close);
  }

  private static RedisServer server(Optional<RedisServer> server) {
    assumeThat(server).as("redis-server").isPresent();
    return server.orElseThrow();
  }

  private static Endpoint at(Optional<RedisServer> server) {
    return new Endpoint.Net("tcp", "127.0.0.1", server(server).port());
  }

  private abstract static class Kind extends CheckContract {
    @Override
    protected Endpoint well() {
      return at(open);
    }

    Finding ask(Optional<RedisServer> server, Map<String, String> keys) {
      return ask(server, keys, Map.of());
    }

    Finding ask(
        Optional<RedisServer> server, Map<String, String> keys, Map<String, JsonValue> attributes) {
      Endpoint to = at(server);
      Target target = new Target("c", to.text(), to, attributes);
      try (Check check = provider().read(new MapSettings(keys)).open(new ProbeContext("c"))) {
        return found(check.probe(new Probe(target, Duration.ofSeconds(60))));
      }
    }
  }

  @Nested
  class Basic extends Kind {
    @Override
    protected CheckProvider provider() {
      return new RedisBasicProvider();
    }

    @Test
    void commandsAreSentInOrderAndTheirRepliesLookedAt() {
      String commands = "[[\"SET\",\"x\",1],[\"INCR\",\"x\"],[\"GET\",\"x\"],[\"GET\",\"none\"]]";
      assertThat(ask(open, Map.of("commands", commands))).isEqualTo(Finding.PASSED);
      assertThat(
              ask(
                  open,
                  Map.of("commands", commands, "expect", "[\"OK\",2,{\"regex\":\"^2$\"},null]")))
          .isEqualTo(Finding.PASSED);
      assertThat(ask(open, Map.of("commands", commands, "expect", "[true,true,\"3\"]")).message())
          .isEqualTo("GET: expected '3', found '2'");
      assertThat(ask(open, Map.of("commands", commands, "expect", "[true,true,null]")).message())
          .isEqualTo("GET: expected nothing, found '2'");
    }

    @Test
    void anErrorIsSaid() {
      assertThat(ask(open, Map.of("commands", "[[\"NOSUCH\"]]")).message())
          .startsWith("NOSUCH: ERR unknown command");
    }

    @Test
    void whoeverHasToLogInDoes() {
      assertThat(ask(locked, Map.of()).message()).startsWith("PING: NOAUTH");
      assertThat(ask(locked, Map.of("password", "s3cret"))).isEqualTo(Finding.PASSED);
      assertThat(ask(locked, Map.of("user", "bob", "password", "b0b"))).isEqualTo(Finding.PASSED);
      Finding wrong = ask(locked, Map.of("password", "wrong-one"));
      assertThat(wrong.message()).startsWith("WRONGPASS").doesNotContain("wrong-one");
      assertThat(ask(open, Map.of("database", "15"))).isEqualTo(Finding.PASSED);
      assertThat(ask(open, Map.of("database", "9999")).message()).startsWith("ERR");
    }

    @Test
    void aServerIsReachedByItsSocket() {
      String socket = server(open).directory() + "/socket";
      try (Check check = open()) {
        assertThat(found(check.probe(probe(new Endpoint.Unix(socket))))).isEqualTo(Finding.PASSED);
      }
    }

    @Test
    void wrongKeysAreNamed() {
      String[][] wrong = {
        {"commands", "{}"},
        {"commands", "[[]]"},
        {"commands", "[[{}]]"},
        {"expect", "[true]"},
        {"user", "bob"},
      };
      for (String[] w : wrong) {
        String key = w[0].equals("user") ? "password" : w[0];
        assertThatThrownBy(() -> provider().read(new MapSettings(Map.of(w[0], w[1]))))
            .hasMessageContaining(key);
      }
    }
  }

  @Nested
  class Info extends Kind {
    @Override
    protected CheckProvider provider() {
      return new RedisInfoProvider();
    }

    @Test
    void whatItTellsIsLearnedWithNumbersParsed() {
      Finding finding = ask(open, Map.of());
      assertThat(finding.health()).isEqualTo(Health.PASSING);
      assertThat(finding.learned())
          .containsEntry("info.role", new JsonValue.Text("master"))
          .containsEntry("info.loading", new JsonValue.Whole(0))
          .containsKey("info.redis_version");
      assertThat(finding.learned().get("info.used_memory")).isInstanceOf(JsonValue.Whole.class);
    }

    @Test
    void assertionsMustHold() {
      assertThat(ask(open, Map.of("assert", "role == master,used_memory < 10gb")).health())
          .isEqualTo(Health.PASSING);
      Finding finding = ask(open, Map.of("assert", "role == slave,used_memory < 1kb"));
      assertThat(finding.health()).isEqualTo(Health.CRITICAL);
      assertThat(finding.message())
          .startsWith("expected role == slave, found master; expected used_memory < 1kb, found ");
      assertThatThrownBy(() -> provider().read(new MapSettings(Map.of("assert", "role"))))
          .hasMessageContaining("assert[0]");
    }

    @Test
    void whoLoadsIsNotReadyUnlessNobodyMinds() {
      server(open);
      assertThat(ask(locked, Map.of()).message()).startsWith("NOAUTH");
      try (Loading loading = new Loading()) {
        Endpoint to = new Endpoint.Net("tcp", "127.0.0.1", loading.port());
        try (Check check = open()) {
          assertThat(found(check.probe(probe(to))).message()).isEqualTo("Redis is still loading");
          Target relaxed =
              new Target("c", "x", to, Map.of("enableReadyCheck", new JsonValue.Bool(false)));
          assertThat(found(check.probe(new Probe(relaxed, Duration.ofSeconds(60)))).health())
              .isEqualTo(Health.PASSING);
        }
      }
    }
  }
}
