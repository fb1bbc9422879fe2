package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Secret;
import io.muster.kernel.TlsMaterial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenTlsCommandTest {
  @TempDir Path directory;

  private TlsMaterial read(String name) throws Exception {
    return TlsMaterial.of(
        name,
        Files.readString(directory.resolve(name + ".cert")),
        new Secret(Files.readString(directory.resolve(name + ".key"))));
  }

  @Test
  void anAuthoritySignsAPairForEachMember() throws Exception {
    Ran first = Ran.muster("gen-tls", "-c", directory.resolve("muster.yaml").toString());
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out()).contains("  tls:\n    cert: " + directory.resolve("muster.cert"));
    Ran second =
        Ran.muster(
            "gen-tls",
            "--out",
            directory.toString(),
            "--name",
            "db2",
            "--host",
            "db2.example.org",
            "--host",
            "::1",
            "--days",
            "90");
    assertThat(second.code()).as(second.err()).isZero();
    assertThat(second.out()).doesNotContain("authority");

    X509Certificate ca = read("muster-ca").chain().getFirst();
    assertThat(ca.getBasicConstraints()).isZero();
    for (String name : List.of("muster", "db2")) {
      X509Certificate own = read(name).chain().getFirst();
      own.verify(ca.getPublicKey());
      assertThat(own.getBasicConstraints()).isEqualTo(-1);
      Path key = directory.resolve(name + ".key");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
          .isEqualTo("rw-------");
    }
    X509Certificate db2 = read("db2").chain().getFirst();
    assertThat(db2.getSubjectX500Principal().getName()).isEqualTo("CN=db2");
    assertThat(db2.getSubjectAlternativeNames().stream().map(n -> n.get(1).toString()))
        .containsExactly("db2.example.org", "0:0:0:0:0:0:0:1");
    assertThat(read("db2").expires())
        .isBetween(
            Instant.now().plus(Duration.ofDays(89)), Instant.now().plus(Duration.ofDays(91)));
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(6);
    }
  }

  @Test
  void nothingThatExistsIsOverwritten() throws Exception {
    Path cert = Files.writeString(directory.resolve("muster.cert"), "mine");
    Ran ran = Ran.muster("gen-tls", "--out", directory.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains(cert + " exists and is left alone");
    assertThat(cert).hasContent("mine");
    assertThat(Ran.muster("gen-tls", "--name", "../x").err()).startsWith("muster: --name: ");
    assertThat(Ran.muster("gen-tls", "--host", "a b").err()).startsWith("muster: --host: ");
  }
}
