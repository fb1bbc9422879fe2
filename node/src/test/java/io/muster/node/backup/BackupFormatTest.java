package io.muster.node.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.MusterException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Backups of released versions can be restored for ever.
class BackupFormatTest {
  @TempDir Path directory;

  @Test
  void aBackupOfFormat1IsRead() throws Exception {
    Path file = directory.resolve("format-1.zip");
    try (InputStream in = BackupFormatTest.class.getResourceAsStream("format-1.zip")) {
      Files.copy(in, file);
    }

    BackupManifest m = new BackupFile(file).verify(directory);

    assertThat(m.format()).isEqualTo(1);
    assertThat(m.cluster()).isEqualTo("prod");
    assertThat(m.lineage()).isEqualTo("first");
    assertThat(m.records()).isEqualTo(3);
    assertThat(m.keys()).isPositive();
    assertThat(m.groups())
        .extracting(BackupManifest.Group::group)
        .containsExactly("data-0", "meta");
    assertThat(BackupManifest.read(m.json())).isEqualTo(m);
  }

  @Test
  void aLaterFormatIsRefusedWithItsVersion() {
    byte[] later = "{\"format\":2,\"muster\":\"9.1\"}".getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> BackupManifest.read(later))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("expected format 1, found 2")
        .hasMessageContaining("9.1");
  }
}
