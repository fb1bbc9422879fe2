package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Unmodified clients over TLS.
class TlsTest {
  private static final Map<String, ?> OVER_TLS =
      Map.of("protocol", "https", "allowSelfSignedCerts", true);
  private static Cluster cluster;
  private static MemberProcess member;

  @BeforeAll
  static void start() throws IOException {
    Tools.clients();
    cluster = Cluster.prepare("tls", 1, "a password of the tests");
    member = cluster.member(0);
    Path yaml = member.directory.resolve("muster.yaml");
    Files.writeString(
        yaml,
        Files.readString(yaml)
            .replace(
                "gateway:\n",
                """
                gateway:
                  tls: { self_signed: true, reload_every: 200ms }
                  happn: { https_cookie: true }
                """));
    member.start().awaitReady(Cluster.READY);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
  }

  private static Client connect(HappnClients node, String as) {
    return node.connect(
        as, "127.0.0.1", member.clientPort(), "_ADMIN", member.password(), OVER_TLS);
  }

  @ParameterizedTest
  @ValueSource(strings = {HappnClients.CURRENT, HappnClients.PREVIOUS})
  void clientsOfBothGenerationsWriteAndListen(String version) throws Exception {
    try (HappnClients node = new HappnClients(version)) {
      Client reader = connect(node, "reader");
      Client writer = connect(node, "writer");
      BlockingQueue<HappnClients.Event> events = new LinkedBlockingQueue<>();
      reader.on("/tls/*", events::add);

      writer.set("/tls/a", Map.of("text", "x".repeat(300_000)));

      HappnClients.Event e = events.poll(20, TimeUnit.SECONDS);
      assertThat(e).isNotNull();
      assertThat(e.data().path("text").asString()).hasSize(300_000);
      assertThat(reader.get("/tls/a").path("text").asString()).hasSize(300_000);
    }
  }

  @Test
  void aNewPairIsUsedWithoutARestartAndABrokenOneIsCounted() throws Exception {
    Path certificate = member.directory.resolve("data/tls/client.crt");
    String good = Files.readString(certificate);

    Files.writeString(certificate, "no certificate");
    Eventually.within(
        Duration.ofSeconds(20), "the failure is counted", () -> metric("failures") >= 1);
    try (HappnClients node = new HappnClients(HappnClients.CURRENT)) {
      connect(node, "still").set("/tls/still", Map.of("v", 1));
    }
    Files.writeString(certificate, good);

    assertThat(member.output()).contains("client_tls_not_reloaded").doesNotContain("PRIVATE KEY");
  }

  /// The same origin, a page of a browser that was told to trust everybody.
  @Test
  void aBrowserKeepsItsTokenInTheCookieForTlsAndHttpTakesIt() {
    String origin = "https://127.0.0.1:" + member.clientPort();
    try (Browser browser = new Browser()) {
      Browser.Page page = browser.open("tls", origin);

      String url =
          page.run(
                  """
                  window.client = await HappnClient.create(arg);
                  await client.set('/tls/browser', { v: 1 });
                  return client._addresses[0];
                  """,
                  Map.of("username", "_ADMIN", "password", member.password()))
              .asString();

      assertThat(url).startsWith("wss://");
      assertThat(page.run("return document.cookie").asString()).startsWith("happn_token_https=");
      String ask =
          """
          const headers = { 'Content-Type': 'application/json' };
          const a = await fetch('/auth/login', { method: 'POST', headers, body: JSON.stringify(arg) });
          const answer = await a.json();
          const other = (token) => fetch('/nothing', token ? { headers: { Authorization: 'Bearer ' + token } } : {});
          const withCookie = (await other()).status;
          await client.disconnect({ deleteCookie: true });
          return [a.status, answer.message, withCookie, (await other()).status, (await other(answer.data)).status];
          """;
      assertThat(
              page.run(ask, Map.of("username", "_ADMIN", "password", member.password())).toString())
          .isEqualTo("[200,\"login successful\",404,401,404]");
    }
  }

  private static double metric(String name) {
    String line = "muster_client_tls_" + name + "_total ";
    return member
        .admin("/metrics")
        .body()
        .lines()
        .filter(l -> l.startsWith(line))
        .mapToDouble(l -> Double.parseDouble(l.substring(line.length())))
        .findFirst()
        .orElse(-1);
  }
}
