package io.muster.plugins.check.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.muster.contract.CheckContract;
import io.muster.contract.MapSettings;
import io.muster.contract.ProbeContext;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpCheckTest extends CheckContract {
  private static HttpServer server;
  private static HttpsServer secure;
  private static Path ca;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = HttpServer.create(any, 200);
    server.setExecutor(Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory()));
    server.createContext("/", e -> answer(e, 200, "fine"));
    server.createContext("/down", e -> answer(e, 503, "down"));
    server.createContext("/json", e -> answer(e, 200, "{\"status\":\"up\",\"n\":[1,{\"b\":2.5}]}"));
    server.createContext("/long", e -> answer(e, 200, "x".repeat(200_000)));
    server.createContext("/echo", HttpCheckTest::echo);
    server.createContext("/here", e -> redirect(e, "/json?a=b"));
    server.createContext("/loop", e -> redirect(e, "/loop"));
    server.createContext("/there", e -> redirect(e, "http://192.0.2.1/"));
    server.start();

    X509Bundle issuer =
        new CertificateBuilder()
            .subject("CN=Test CA")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    X509Bundle own =
        new CertificateBuilder()
            .subject("CN=web.test")
            .addSanDnsName("web.test")
            .buildIssuedBy(issuer);
    ca = directory.resolve("ca.pem");
    Files.writeString(ca, issuer.getCertificatePEM());
    KeyManagerFactory keys = own.toKeyManagerFactory();
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    secure = HttpsServer.create(any, 50);
    secure.setHttpsConfigurator(new HttpsConfigurator(tls));
    secure.createContext("/", e -> answer(e, 200, "secure"));
    secure.start();
  }

  @AfterAll
  static void end() {
    server.stop(0);
    secure.stop(0);
  }

  private static void answer(HttpExchange e, int code, String body) throws IOException {
    try (e) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      boolean head = e.getRequestMethod().equals("HEAD");
      e.sendResponseHeaders(code, head ? -1 : bytes.length);
      if (!head) e.getResponseBody().write(bytes);
    }
  }

  private static void redirect(HttpExchange e, String to) throws IOException {
    e.getResponseHeaders().add("Location", to);
    answer(e, 302, "");
  }

  private static void echo(HttpExchange e) throws IOException {
    StringBuilder all = new StringBuilder(e.getRequestMethod() + " " + e.getRequestURI() + "\n");
    for (Map.Entry<String, List<String>> h : e.getRequestHeaders().entrySet()) {
      all.append(h.getKey()).append(": ").append(h.getValue().getFirst()).append("\n");
    }
    all.append(new String(e.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    answer(e, 200, all.toString());
  }

  @Override
  protected CheckProvider provider() {
    return new HttpProvider();
  }

  @Override
  protected Endpoint well() {
    return new Endpoint.Net("tcp", "127.0.0.1", server.getAddress().getPort());
  }

  private Finding ask(String path, String... keys) {
    return ask(well(), path, keys);
  }

  private Finding ask(Endpoint to, String path, String... keys) {
    Map<String, String> all = new HashMap<>(Map.of("path", path));
    for (int i = 0; i < keys.length; i += 2) all.put(keys[i], keys[i + 1]);
    try (Check check = provider().read(new MapSettings(all)).open(new ProbeContext("c"))) {
      return found(check.probe(probe(to)));
    }
  }

  @Test
  void theStatusDecides() {
    assertThat(ask("/down").message()).isEqualTo("HTTP 503, expected 200-299");
    assertThat(ask("/down", "status", "200-299, 503")).isEqualTo(Finding.PASSED);
    assertThat(ask("/", "status", "404").message()).isEqualTo("HTTP 200, expected 404");
    assertThat(ask("/here").message()).isEqualTo("HTTP 302, expected 200-299");
  }

  @Test
  void theBodyIsLookedAt() {
    assertThat(ask("/", "match", "f.ne$")).isEqualTo(Finding.PASSED);
    assertThat(ask("/", "match", "^bad").message()).isEqualTo("No match in the body: 'fine'");
    assertThat(ask("/long", "match", "y").message())
        .startsWith("No match in the first 65536 bytes of the body: 'xxx");
    assertThat(ask("/long")).isEqualTo(Finding.PASSED);
    assertThat(ask("/long", "json", "[[\"a\"]]").message())
        .isEqualTo("The body is longer than 65536 bytes");
  }

  @Test
  void jsonIsCompared() {
    String good =
        "[[\"status\", \"eq\", \"up\"], [\"n.0\"], [\"n[1].b\", \"gt\", 2],"
            + " [\"x\", \"missing\"], [\"n\", \"exists\"], [\"n.0\", \"ne\", 2]]";
    assertThat(ask("/json", "json", good)).isEqualTo(Finding.PASSED);
    assertThat(ask("/json", "json", "[[\"status\", \"eq\", \"down\"]]").message())
        .isEqualTo("JSON: expected status eq \"down\", found: \"up\"");
    assertThat(ask("/json", "json", "[[\"n.7\"]]").message())
        .isEqualTo("JSON: expected n.7 to be there, found: nothing there");
    assertThat(ask("/", "json", "[[\"a\"]]").message()).startsWith("JSON: the answer is no JSON");
  }

  @Test
  void theRequestIsWhatTheKeysSay() {
    String[] keys = {
      "method",
      "POST",
      "body",
      "hällo",
      "host",
      "web.test",
      "headers",
      "{\"X-A\": \"b\", \"N\": 1}",
      "user",
      "bob",
      "password",
      "s3cret",
      "match",
      "POST /echo\\?q=1\n"
    };
    assertThat(ask("/echo?q=1", keys)).isEqualTo(Finding.PASSED);
    for (String part :
        List.of("Host: web.test\n", "X-a: b\n", "N: 1\n", "Basic Ym9iOnMzY3JldA==", "hällo$")) {
      keys[keys.length - 1] = part;
      assertThat(ask("/echo?q=1", keys)).as(part).isEqualTo(Finding.PASSED);
    }
    assertThat(ask("/", "method", "HEAD")).isEqualTo(Finding.PASSED);
  }

  @Test
  void redirectsAreFollowedToTheTargetOnlyAndOnlyAsFarAsAllowed() {
    assertThat(ask("/here", "redirects", "1", "json", "[[\"status\"]]")).isEqualTo(Finding.PASSED);
    assertThat(ask("/loop", "redirects", "3").message()).isEqualTo("HTTP 302, expected 200-299");
    assertThat(ask("/there", "redirects", "3").message())
        .isEqualTo("Redirected elsewhere: http://192.0.2.1/");
  }

  @Test
  void certificatesAreVerifiedUnlessTheyNeedNot() {
    Endpoint to = new Endpoint.Net("https", "127.0.0.1", secure.getAddress().getPort());
    assertThat(ask(to, "/").message()).startsWith("TLS: ");
    assertThat(ask(to, "/", "tls_verify", "false", "match", "secure")).isEqualTo(Finding.PASSED);
    assertThat(ask(to, "/", "tls_ca_file", ca.toString()).message()).startsWith("TLS: ");
    assertThat(ask(to, "/", "tls_ca_file", ca.toString(), "host", "web.test"))
        .isEqualTo(Finding.PASSED);
    assertThat(ask(to, "/", "tls_ca_file", ca.toString(), "tls_server_name", "web.test"))
        .isEqualTo(Finding.PASSED);
  }

  @Test
  void wrongKeysAreNamedAndSecretsAreNotShown() {
    String[][] wrong = {
      {"method", "get"},
      {"host", "a b"},
      {"status", "20x"},
      {"status", "99"},
      {"status", "300-200"},
      {"match", "("},
      {"json", "{}"},
      {"json", "[[\"a\", \"like\", 1]]"},
      {"headers", "{\"Host\": \"x\"}"},
      {"headers", "{\"a\": \"x\\r\\ny\"}"},
      {"user", "bob"}
    };
    for (String[] w : wrong) {
      String key = w[0].equals("user") ? "password" : w[0];
      assertThatThrownBy(() -> ask("/", w)).as("%s", (Object[]) w).hasMessageContaining(key);
    }
    assertThatThrownBy(() -> ask("no path")).hasMessageContaining("path");
    assertThat(provider().read(new MapSettings(Map.of("user", "a", "password", "tell"))).toString())
        .doesNotContain("tell");
  }

  @Test
  void thePortIsTheUsualOne() {
    assertThat(provider().read(new MapSettings(Map.of())).defaultPort()).isEqualTo(80);
    assertThat(provider().read(new MapSettings(Map.of("tls", "true"))).defaultPort())
        .isEqualTo(443);
  }
}
