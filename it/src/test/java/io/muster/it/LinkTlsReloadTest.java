package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Certificates and CA of the links between members are replaced while they run.
class LinkTlsReloadTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private Cluster cluster;

  @AfterEach
  void stop() {
    if (cluster != null) cluster.close();
  }

  /// A pair that signs itself, as a CA of its own.
  private void make(String name, int days) {
    Tools.run(
        cluster.directory,
        60,
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=" + name,
        "-days",
        Integer.toString(days),
        "-keyout",
        name + ".key",
        "-out",
        name + ".crt");
  }

  private String certificate(String name) throws IOException {
    return Files.readString(cluster.directory.resolve(name + ".crt"));
  }

  private static void put(MemberProcess m, String file, String text) throws IOException {
    Path next = Files.writeString(m.directory.resolve(file + ".next"), text);
    Files.move(next, m.directory.resolve(file), StandardCopyOption.ATOMIC_MOVE);
  }

  private static double metric(MemberProcess m, String name) {
    String line = "muster_tls_" + name + "{listener=\"link\"} ";
    return m.admin("/metrics")
        .body()
        .lines()
        .filter(l -> l.startsWith(line))
        .mapToDouble(l -> Double.parseDouble(l.substring(line.length())))
        .findFirst()
        .orElse(-1);
  }

  private void awaitReloads(int n) {
    for (MemberProcess m : cluster.members) {
      Eventually.within(SOON, m.name + " has them", () -> metric(m, "reloads_total") >= n);
    }
  }

  @Test
  void twoMembersGoToAnotherCaWithoutRefusingEachOther() throws Exception {
    cluster = Cluster.prepare("linktls", 2, null);
    make("old", 10);
    make("new", 20);
    for (MemberProcess m : cluster.members) {
      put(m, "c.pem", certificate("old"));
      put(m, "k.pem", Files.readString(cluster.directory.resolve("old.key")));
      put(m, "ca.pem", certificate("old"));
      Path yaml = m.directory.resolve("muster.yaml");
      String tls =
          "link:\n  tls: { cert: %s, key: %s, ca: %s, reload_every: 200ms }\n"
              .formatted(
                  m.directory.resolve("c.pem"),
                  m.directory.resolve("k.pem"),
                  m.directory.resolve("ca.pem"));
      Files.writeString(yaml, Files.readString(yaml).replace("link:\n", tls));
      m.start();
    }
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    double before = metric(cluster.member(0), "certificate_expires_seconds");

    for (MemberProcess m : cluster.members) {
      put(m, "ca.pem", certificate("old") + certificate("new"));
    }
    awaitReloads(1);
    MemberProcess broken = cluster.member(0);
    put(broken, "c.pem", "no certificate");
    Eventually.within(SOON, "it is counted", () -> metric(broken, "failures_total") >= 1);
    for (MemberProcess m : cluster.members) {
      put(m, "k.pem", Files.readString(cluster.directory.resolve("new.key")));
      put(m, "c.pem", certificate("new"));
    }
    awaitReloads(2);
    for (MemberProcess m : cluster.members) put(m, "ca.pem", certificate("new"));
    awaitReloads(3);

    assertThat(metric(broken, "certificate_expires_seconds")).isGreaterThan(before);
    assertThat(broken.output()).contains("link_tls_not_reloaded").doesNotContain("PRIVATE KEY");
    // A link may break on a machine that has much to do; none may be refused.
    for (MemberProcess m : cluster.members) {
      assertThat(m.output()).doesNotContain("PKIX").doesNotContain("certificate_unknown");
    }
    MemberProcess back = cluster.member(1);
    back.kill();
    back.start().awaitReady(Cluster.READY);
    assertThat(back.adminJson("/v1/registry").path("groups").toString())
        .contains("\"quorum\":true");
  }
}
