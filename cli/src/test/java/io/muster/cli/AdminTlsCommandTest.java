package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Settings;
import io.muster.node.MusterNode;
import io.muster.node.MusterSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Commands ask a member that speaks TLS only.
class AdminTlsCommandTest {
  @TempDir static Path directory;
  private static Path config;
  private static MusterNode node;

  @BeforeAll
  static void start() throws Exception {
    config =
        Files.writeString(
            directory.resolve("muster.yaml"),
            """
            member: { name: one, data_dir: %s }
            link: { port: 0, kdf_iterations: 10000 }
            registry: { expect: 1 }
            gateway: { ports: [0] }
            admin: { listen: "127.0.0.1:0", tls: { self_signed: true } }
            security: { secure: false }
            observability: { health: none }
            """
                .formatted(directory.resolve("data")));
    node =
        MusterNode.start(
            MusterSettings.read(Settings.load(Optional.of(config), Map.of(), Map.of())));
  }

  @AfterAll
  static void stop() {
    if (node != null) node.close();
  }

  private static String url() {
    return "https://" + node.adminAddress();
  }

  private static String file(String name) {
    return directory.resolve("data").resolve(name).toString();
  }

  @Test
  void theSettingsNameThePairThatIsTrusted() {
    Ran ran = Ran.muster("status", "-c", config.toString());

    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("member   one (").contains("state    ready");
  }

  @Test
  void elseItIsNamedByHand() {
    String token = file("admin.token");

    Ran stranger = Ran.muster("status", "--admin", url(), "--token-file", token);
    Ran trusting =
        Ran.muster(
            "status", "--admin", url(), "--token-file", token, "--ca", file("tls/admin.crt"));
    Ran noFile = Ran.muster("status", "--admin", url(), "--ca", file("absent"));
    Ran half = Ran.muster("status", "--admin", url(), "--client-cert", file("tls/admin.crt"));

    assertThat(stranger.code()).isEqualTo(1);
    assertThat(stranger.err()).contains("--ca FILE names who signs");
    assertThat(trusting.code()).as(trusting.err()).isZero();
    assertThat(noFile.code()).isEqualTo(2);
    assertThat(noFile.err()).contains("absent cannot be read");
    assertThat(half.code()).isEqualTo(2);
    assertThat(half.err()).contains("expected both, or neither");
  }

  @Test
  void metricsTellWhenTheCertificateEnds() throws Exception {
    HttpClient http =
        new AdminTrust(
                Optional.of(Path.of(file("tls/admin.crt"))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty())
            .client();

    String metrics =
        http.send(
                HttpRequest.newBuilder(URI.create(url() + "/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();

    assertThat(metrics)
        .containsPattern("muster_tls_certificate_expires_seconds\\{listener=\"admin\"} [0-9.E]+");
  }
}
