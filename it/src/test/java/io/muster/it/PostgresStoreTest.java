package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import io.muster.testing.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Two members whose records of some paths lie in one PostgreSQL, the others in the embedded store.
class PostgresStoreTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private PostgresServer server;
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    if (node != null) node.close();
    if (cluster != null) cluster.close();
    if (server != null) server.close();
  }

  private String postgres(String indent) {
    return ("provider: postgresql\nurl: %s\nuser: %s\npassword: %s\ntimeout: 2s\n")
        .formatted(server.url(), PostgresServer.USER, PostgresServer.PASSWORD)
        .lines()
        .map(line -> indent + line + "\n")
        .reduce("", String::concat);
  }

  private void start(String store) throws Exception {
    server =
        PostgresServer.start().orElseGet(() -> Assumptions.abort("no PostgreSQL can be had here"));
    cluster = Cluster.prepare("postgres", 2, null);
    for (MemberProcess m : cluster.members) {
      Path yaml = m.directory.resolve("muster.yaml");
      String body =
          store.equals("default")
              ? "store:\n" + postgres("  ")
              : "store:\n  stores:\n    history:\n      patterns: [/history/*]\n"
                  + postgres("      ");
      Files.writeString(yaml, Files.readString(yaml) + body);
      m.start();
    }
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    node = new HappnClients(HappnClients.CURRENT);
  }

  @Test
  void membersShareADatabaseAndSeeEachOthersWritesAndEvents() throws Exception {
    start("default");
    Client a = node.connect("a", cluster.member(0));
    Client b = node.connect("b", cluster.member(1));
    List<String> events = new CopyOnWriteArrayList<>();
    b.on("/plant/*", e -> events.add(e.data().toString()));

    a.set("/plant/1", Map.of("temp", 21.5));
    a.set("/plant/1", Map.of("unit", "C"), Map.of("merge", true));

    assertThat(b.get("/plant/1").path("temp").asDouble()).isEqualTo(21.5);
    assertThat(b.get("/plant/1").path("unit").asString()).isEqualTo("C");
    Eventually.within(SOON, "both events", () -> events.size() == 2);
    assertThat(server.sql("SELECT query->>'temp' FROM muster_records WHERE path = '/plant/1'"))
        .isEqualTo("21.5");
    assertThat(server.sql("SELECT cluster FROM muster_records WHERE path = '/plant/1'"))
        .isEqualTo("postgres");

    server.kill();
    for (MemberProcess m : cluster.members) {
      Eventually.within(SOON, "not ready", () -> m.readiness().contains("writes are refused"));
    }
    assertThatThrownBy(() -> a.set("/plant/2", Map.of("v", 1)))
        .isInstanceOf(HappnClients.Refused.class);
    server.up();
    cluster.members.forEach(m -> m.awaitReady(SOON));
    a.set("/plant/2", Map.of("v", 1));
    assertThat(b.get("/plant/2").path("v").asInt()).isEqualTo(1);
    assertThat(b.get("/plant/1").path("unit").asString()).isEqualTo("C");
  }

  @Test
  void aDeadRoutedStoreRefusesItsOwnPathsOnly() throws Exception {
    start("routed");
    Client a = node.connect("a", cluster.member(0));
    Client b = node.connect("b", cluster.member(1));
    a.set("/history/1", Map.of("v", 1));
    a.set("/live/1", Map.of("v", 1));
    assertThat(server.sql("SELECT string_agg(path, ' ') FROM muster_records"))
        .isEqualTo("/history/1");
    assertThat(b.get("/*").size()).isEqualTo(2);

    server.stall();
    try {
      long began = System.nanoTime();
      a.startSet("/history/2", Map.of("v", 1), Map.of());
      for (int i = 0; i < 50; i++) b.set("/live/" + i, Map.of("v", i));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      assertThatThrownBy(() -> b.set("/history/3", Map.of("v", 1)))
          .isInstanceOf(HappnClients.Refused.class);
      assertThat(cluster.member(0).ready()).isTrue();
    } finally {
      server.resume();
    }
    Eventually.within(
        SOON,
        "it heals",
        () -> {
          b.set("/history/4", Map.of("v", 4));
          return true;
        });
    assertThat(a.get("/history/4").path("v").asInt()).isEqualTo(4);
  }
}
