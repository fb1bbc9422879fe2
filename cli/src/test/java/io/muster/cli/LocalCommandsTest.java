package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Commands that need no member.
class LocalCommandsTest {
  @TempDir Path directory;

  @Test
  void aSecretIsLongRandomAndAloneOnItsLine() {
    Ran one = Ran.muster("secret", "generate");
    Ran other = Ran.muster("secret", "generate");

    assertThat(one.code()).isZero();
    assertThat(one.out()).matches("[A-Za-z0-9_-]{43}\n").isNotEqualTo(other.out());
    assertThat(Ran.muster("secret", "generate", "--json").out())
        .matches("\\{\"secret\":\"[A-Za-z0-9_-]{43}\"}\n");
  }

  @Test
  void aSecretFileIsForItsOwnerAndNeverOverwritten() throws Exception {
    Path file = directory.resolve("secret");

    Ran made = Ran.muster("secret", "generate", "--out", file.toString());

    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out()).contains(file.toString()).contains("cluster.secret_file");
    String secret = Files.readString(file);
    assertThat(secret).matches("[A-Za-z0-9_-]{43}\n");
    assertThat(made.out()).doesNotContain(secret.strip());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    Ran again = Ran.muster("secret", "generate", "--out", file.toString());

    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err()).contains(file + " exists and is left alone");
    assertThat(Files.readString(file)).isEqualTo(secret);
  }

  @Test
  void aMemberAcceptsTheSecretMade() {
    Path file = directory.resolve("secret");
    Ran.muster("secret", "generate", "--out", file.toString());

    Ran valid =
        Ran.muster(
            "validate", "--set", "link.host=192.0.2.1", "--set", "cluster.secret_file=" + file);

    assertThat(valid.code()).as(valid.err()).isZero();
  }

  @Test
  void aSecretFileInNoDirectoryIsSaid() {
    Ran ran = Ran.muster("secret", "generate", "--out", directory.resolve("no/x").toString());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("its directory does not exist");
  }

  @Test
  void everyErrorIsExplained() {
    for (ErrorCode c : ErrorCode.values()) {
      Ran ran = Ran.muster("explain", c.code());

      assertThat(ran.code()).isZero();
      assertThat(ran.out()).contains("cause").contains(c.remedy());
    }
    Ran unknown = Ran.muster("explain", "no_such");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).contains("no_such").contains("docs/reference/errors.md");
  }

  @Test
  void settingsAreCheckedWithoutStarting() throws Exception {
    Path file = Files.writeString(directory.resolve("muster.yaml"), "gateway:\n  prts: [1]\n");

    assertThat(Ran.muster("validate", "--set", "gateway.ports=1").out()).isEqualTo("valid\n");
    Ran wrong = Ran.muster("validate", "-c", file.toString());
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("gateway.prts: unknown key (did you mean 'ports'?)");
    assertThat(Ran.muster("config", "export", "--defaults").out())
        .contains("admin.watchers_max")
        .contains("admin.watch_bytes_max")
        .contains("admin.watch_heartbeat");
  }

  @Test
  void optionsOfTheBackgroundNeedIt() {
    for (String[] given : new String[][] {{"start", "--ready-timeout", "5"}, {"start", "--json"}}) {
      Ran ran = Ran.muster(given);

      assertThat(ran.code()).isEqualTo(2);
      assertThat(ran.err()).contains(given[1] + ": only with --detach");
    }
    Ran config = Ran.muster("start", "-d", "--set", "gateway.prts=1");
    assertThat(config.code()).isEqualTo(2);
    assertThat(config.err()).contains("did you mean 'gateway.ports'?");
  }

  @ParameterizedTest
  @CsvSource({"30, PT30S", "1.5, PT1.5S", "500ms, PT0.5S", "2m, PT2M", "0, PT0S"})
  void durationsCountSecondsUnlessTheySayOtherwise(String given, Duration meant) {
    assertThat(new DurationOption().convert(given)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0.34S, 0.3 s",
    "PT42.9S, 42 s",
    "PT3M5S, 3 m 5 s",
    "PT2H10M, 2 h 10 m",
    "PT97H, 4 d 1 h"
  })
  void durationsAreSaidShortly(Duration d, String words) {
    assertThat(DurationOption.words(d)).isEqualTo(words);
  }
}
