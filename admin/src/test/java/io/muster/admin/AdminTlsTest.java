package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.muster.gateway.TlsSettings;
import io.muster.kernel.Address;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsReload;
import io.muster.testing.Eventually;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Administration over TLS: real handshakes, files that change.
class AdminTlsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final char[] NO_PASSWORD = {};
  @TempDir Path directory;
  private X509Bundle first;
  private X509Bundle second;
  private AdminServer server;

  @BeforeEach
  void make() throws Exception {
    first = pair(CertificateBuilder.Algorithm.ecp256);
    second = pair(CertificateBuilder.Algorithm.rsa2048);
  }

  @AfterEach
  void stop() {
    if (server != null) server.close();
  }

  private static X509Bundle pair(CertificateBuilder.Algorithm algorithm) throws Exception {
    return new CertificateBuilder()
        .subject("CN=localhost")
        .addSanIpAddress("127.0.0.1")
        .setIsCertificateAuthority(true)
        .algorithm(algorithm)
        .buildSelfSigned();
  }

  private void write(X509Bundle bundle) throws IOException {
    Files.writeString(directory.resolve("c.pem"), bundle.getCertificatePEM());
    Files.writeString(directory.resolve("k.pem"), bundle.getPrivateKeyPEM());
  }

  private void start(Optional<Path> ca) throws Exception {
    write(first);
    TlsSettings pair =
        new TlsSettings(
            new TlsSettings.Pem.File(directory.resolve("c.pem")),
            new TlsSettings.Pem.File(directory.resolve("k.pem")),
            false,
            true,
            Duration.ofMillis(100));
    server =
        new AdminServer(
            new AdminSettings(
                new Address("127.0.0.1", 0),
                AdminSettings.Auth.TOKEN,
                4,
                1 << 20,
                Duration.ofSeconds(10),
                8,
                Duration.ofHours(1),
                Optional.of(new AdminSettings.Tls(pair, ca)),
                false),
            Files.createDirectories(directory.resolve("data")),
            new FakeMember(),
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
  }

  private static SSLContext trusting(X509Bundle shown, X509Bundle own) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", shown.getCertificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    KeyManager[] keys = null;
    if (own != null) {
      KeyStore mine = KeyStore.getInstance("PKCS12");
      mine.load(null, null);
      mine.setKeyEntry(
          "own",
          own.getKeyPair().getPrivate(),
          NO_PASSWORD,
          new Certificate[] {own.getCertificate()});
      KeyManagerFactory f = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      f.init(mine, NO_PASSWORD);
      keys = f.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }

  private HttpResponse<String> get(SSLContext context) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://" + server.address() + "/livez"))
            .timeout(SOON)
            .build();
    return HttpClient.newBuilder()
        .sslContext(context)
        .build()
        .send(request, HttpResponse.BodyHandlers.ofString());
  }

  /// The certificate that a new connection is shown.
  private X509Certificate shown(SSLContext trusting) throws Exception {
    int port = Integer.parseInt(server.address().substring(server.address().indexOf(':') + 1));
    try (SSLSocket s =
        (SSLSocket)
            trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      s.startHandshake();
      return (X509Certificate) s.getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void answersOverTlsAndTellsBrowsersWhereThatIsAskedFor() throws Exception {
    start(Optional.empty());

    HttpResponse<String> answer = get(trusting(first, null));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();
    assertThat(Files.readString(directory.resolve("data/admin.url"))).startsWith("https://127.");
    assertThatThrownBy(() -> get(SSLContext.getDefault())).isInstanceOf(SSLException.class);
  }

  @Test
  void aNewPairIsShownToNewConnectionsAndABrokenOneIsCounted() throws Exception {
    start(Optional.empty());
    assertThat(shown(trusting(first, null))).isEqualTo(first.getCertificate());

    Files.writeString(directory.resolve("c.pem"), "no certificate");
    Eventually.within(SOON, "it is counted", () -> view().failures() == 1);
    assertThat(shown(trusting(first, null))).isEqualTo(first.getCertificate());
    write(second);
    Eventually.within(SOON, "the new one is used", () -> view().reloads() == 1);

    assertThat(shown(trusting(second, null))).isEqualTo(second.getCertificate());
    assertThat(get(trusting(second, null)).statusCode()).isEqualTo(200);
    assertThat(view().expires()).isEqualTo(second.getCertificate().getNotAfter().toInstant());
  }

  private TlsReload.View view() {
    return server.tls().orElseThrow().get();
  }

  @Test
  void whereClientsMustShowACertificateOthersAreRefused() throws Exception {
    Path ca = directory.resolve("ca.pem");
    Files.writeString(ca, second.getCertificatePEM());
    start(Optional.of(ca));

    assertThat(get(trusting(first, second)).statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> get(trusting(first, null))).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> get(trusting(first, first))).isInstanceOf(IOException.class);
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsRefusedAtTheStart() throws Exception {
    write(first);
    TlsSettings mixed =
        new TlsSettings(
            new TlsSettings.Pem.File(directory.resolve("c.pem")),
            new TlsSettings.Pem.Text(new Secret(second.getPrivateKeyPEM())),
            false,
            false,
            SOON);

    assertThatThrownBy(
            () -> new AdminTls(new AdminSettings.Tls(mixed, Optional.empty()), "127.0.0.1"))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("admin.tls: ")
        .hasMessageContaining("not the first certificate's");
  }
}
