package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.testing.Eventually;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Encryption at the clients' door, over sockets.
class ClientTlsTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  @TempDir private Path dir;
  private @Nullable NettyGateway gateway;

  @AfterEach
  void stop() {
    if (gateway != null) gateway.close();
  }

  private static final class Echo implements ClientProtocol {
    @Override
    public String name() {
      return "echo";
    }

    @Override
    public boolean webSocket(String path) {
      return path.equals("/echo");
    }

    @Override
    public Session open(ClientConnection connection) {
      return new Session() {
        @Override
        public void text(byte[] payload) {
          connection.send((connection.tls() + " ").getBytes());
          connection.send(payload);
        }

        @Override
        public void binary(byte[] payload) {}

        @Override
        public void closed() {}
      };
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
      return ask.path().equals("/tls")
          ? CompletableFuture.completedFuture(HttpAnswer.text(200, "" + ask.tls()))
          : null;
    }
  }

  private GatewaySettings settings(String tls) {
    String yaml = "gateway:\n  ports: [0]\n  tls:\n" + tls.indent(4);
    return GatewaySettings.read(
        Settings.of(yaml, "muster.yaml", Map.of(), Map.of()).root().section("gateway", ""), dir);
  }

  private int open(String tls) {
    NettyGateway g = new NettyGateway(settings(tls));
    gateway = g;
    g.serve(new Echo());
    return g.open().getFirst();
  }

  private X509Bundle write(String name) throws Exception {
    X509Bundle made =
        new CertificateBuilder()
            .subject("CN=" + name)
            .addSanDnsName("localhost")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Files.writeString(dir.resolve("key.pem"), made.getPrivateKeyPEM());
    Files.writeString(dir.resolve("cert.pem"), made.getCertificatePEM());
    return made;
  }

  private String files() {
    return "cert: "
        + dir.resolve("cert.pem")
        + "\nkey: "
        + dir.resolve("key.pem")
        + "\nreload_every: 100ms\n";
  }

  /// A client that trusts one certificate and nothing else.
  private static SSLSocket connect(int port, String certificate, String... versions)
      throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null);
    trusted.setCertificateEntry(
        "server",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate.getBytes())));
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    SSLSocket s =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true);
    var parameters = s.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    if (versions.length > 0) parameters.setProtocols(versions);
    s.setSSLParameters(parameters);
    s.startHandshake();
    return s;
  }

  private static String shown(int port, String certificate) {
    try (SSLSocket s = connect(port, certificate)) {
      return ((X509Certificate) s.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (Exception e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void aPairThatIsAskedForIsMadeOnceAndProtectsHttpAndWebSockets() throws Exception {
    int port = open("self_signed: true");

    String certificate = Files.readString(dir.resolve("tls/client.crt"));
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(dir.resolve("tls/client.key"))))
        .isEqualTo("rw-------");
    try (RawSocket c = new RawSocket(connect(port, certificate))) {
      RawSocket.Answer a = c.write("GET /tls HTTP/1.1\nHost: x\n\n").answer();
      assertThat(a.body()).isEqualTo("true");
      assertThat(a.headers())
          .containsEntry("strict-transport-security", "max-age=15552000; includeSubDomains");
      c.upgrade();
      c.write(new ClientFrames().text("hidden").bytes());
      assertThat(c.text()).isEqualTo("true ");
      assertThat(c.text()).isEqualTo("hidden");
    }
    NettyGateway first = gateway;
    first.close();
    open("self_signed: true");
    assertThat(Files.readString(dir.resolve("tls/client.crt"))).isEqualTo(certificate);
    assertThat(gateway.guard().tlsExpires()).isAfter(Instant.now().plus(Duration.ofDays(800)));
  }

  @Test
  void bothVersionsOfTodayAreSpokenAndNoOlderOne() throws Exception {
    X509Bundle pair = write("a");
    int port = open(files() + "hsts: false\n");

    for (String version : new String[] {"TLSv1.3", "TLSv1.2"}) {
      try (RawSocket c = new RawSocket(connect(port, pair.getCertificatePEM(), version))) {
        RawSocket.Answer a = c.write("GET /tls HTTP/1.1\n\n").answer();
        assertThat(a.status()).isEqualTo(200);
        assertThat(a.headers()).doesNotContainKey("strict-transport-security");
      }
    }
    assertThatThrownBy(() -> connect(port, pair.getCertificatePEM(), "TLSv1.1"))
        .isInstanceOf(SSLException.class);
    try (RawSocket c = new RawSocket(port)) {
      assertThat(c.write("GET /tls HTTP/1.1\n\n").closed()).isTrue();
    }
  }

  @Test
  void aNewPairIsShownToNewConnectionsAndABrokenOneToNobody() throws Exception {
    String first = write("first").getCertificatePEM();
    int port = open(files());
    assertThat(shown(port, first)).isEqualTo("CN=first");
    try (RawSocket c = new RawSocket(connect(port, first))) {
      String second = write("second").getCertificatePEM();
      Eventually.within(SOON, "the second is shown", () -> shown(port, second).equals("CN=second"));
      assertThat(c.write("GET /tls HTTP/1.1\n\n").answer().status()).isEqualTo(200);
      long failed = gateway.guard().tlsFailures();

      Files.writeString(dir.resolve("cert.pem"), first);
      Eventually.within(SOON, "a misfit", () -> gateway.guard().tlsFailures() == failed + 1);
      assertThat(shown(port, second)).isEqualTo("CN=second");
      Files.delete(dir.resolve("key.pem"));
      Eventually.within(SOON, "a loss", () -> gateway.guard().tlsFailures() == failed + 2);
      assertThat(shown(port, second)).isEqualTo("CN=second");

      long reloads = gateway.guard().tlsReloads();
      String third = write("third").getCertificatePEM();
      Eventually.within(SOON, "the third is shown", () -> shown(port, third).equals("CN=third"));
      assertThat(gateway.guard().tlsReloads()).isEqualTo(reloads + 1);
    }
  }

  @Test
  void textsServeAsWellAsFiles() throws Exception {
    X509Bundle pair = write("text");
    int port =
        open(
            "cert: |\n"
                + pair.getCertificatePEM().indent(2)
                + "key: |\n"
                + pair.getPrivateKeyPEM().indent(2));

    assertThat(shown(port, pair.getCertificatePEM())).isEqualTo("CN=text");
    assertThat(settings("key: |\n" + pair.getPrivateKeyPEM().indent(2) + "cert_path: x").toString())
        .contains("(secret)")
        .doesNotContain("BEGIN");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cert: c.pem | gateway.tls: key file missing for cert",
        "certPath: c.pem | gateway.tls: key file missing for cert",
        "key: k.pem | gateway.tls: cert file missing key",
        "mode: wss | unknown transport mode: wss can only be http or https",
        "mode: https | mode: https needs 'cert' and 'key'",
        "{cert: c.pem, cert_path: d.pem, key: k.pem} | give cert or cert_path, not both",
      })
  void halfAPairIsRefused(String tls, String text) {
    assertThatThrownBy(() -> settings(tls))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining(text);
  }

  @Test
  void filesThatAreNotThereAreNamed() throws Exception {
    Path cert = dir.resolve("cert.pem");
    Path key = dir.resolve("key.pem");
    assertThatThrownBy(() -> open(files())).hasMessage("gateway.tls: missing cert file: " + cert);
    write("x");
    Files.delete(key);
    assertThatThrownBy(() -> open(files() + "self_signed: true\n"))
        .hasMessage("gateway.tls: missing key file: " + key);
    write("x");
    Files.delete(cert);
    assertThatThrownBy(() -> open(files() + "self_signed: true\n"))
        .hasMessage("gateway.tls: missing cert file: " + cert);
    write("x");
    Files.writeString(key, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----");
    assertThatThrownBy(() -> open(files())).hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    Files.writeString(cert, "nothing");
    assertThatThrownBy(() -> open(files())).hasMessageContaining("no certificate as PEM");
  }

  @Test
  void withoutAPairOrWithModeHttpNothingIsEncrypted() throws IOException {
    assertThat(settings("hsts: true").tls()).isEmpty();
    assertThat(settings("{mode: http, cert: c.pem, key: k.pem}").tls()).isEmpty();
    int port = open("mode: http");
    try (RawSocket c = new RawSocket(port)) {
      assertThat(c.write("GET /tls HTTP/1.1\n\n").answer().body()).isEqualTo("false");
    }
  }
}
