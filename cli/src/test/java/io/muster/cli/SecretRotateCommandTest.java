package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretRotateCommandTest {
  private static final String OLD = "the old secret of the cluster";
  private static final String NEW = "the new secret of the cluster";
  @TempDir Path directory;
  private Path fresh;
  private Path secret;
  private Path before;

  @BeforeEach
  void write() throws Exception {
    fresh = Files.writeString(directory.resolve("new"), NEW + "\n");
    secret = Files.writeString(directory.resolve("secret"), OLD + "\n");
    before = directory.resolve("before");
  }

  private Ran rotate(String step) {
    return Ran.muster(
        "secret",
        "rotate",
        step,
        "--new",
        fresh.toString(),
        "--secret",
        secret.toString(),
        "--before",
        before.toString());
  }

  private void holds(String used, String accepted) throws Exception {
    assertThat(Files.readString(secret).strip()).isEqualTo(used);
    assertThat(Files.readString(before).strip()).isEqualTo(accepted);
  }

  @Test
  void threeStepsReplaceASecretAndEachMayBeRepeated() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(rotate("accept").code()).isZero();
      holds(OLD, NEW);
    }
    for (int i = 0; i < 2; i++) {
      assertThat(rotate("switch").code()).isZero();
      holds(NEW, OLD);
    }
    for (int i = 0; i < 2; i++) {
      Ran ran = rotate("drop");
      assertThat(ran.code()).isZero();
      assertThat(ran.out() + ran.err()).doesNotContain(OLD).doesNotContain(NEW);
      holds(NEW, NEW);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(before)))
        .isEqualTo("rw-------");
  }

  @Test
  void aStepTooEarlyChangesNothing() throws Exception {
    assertThat(rotate("switch").err()).contains("the next step is accept");
    assertThat(rotate("drop").err()).contains("the next step is switch");
    assertThat(before).doesNotExist();
    assertThat(rotate("accept").code()).isZero();
    assertThat(rotate("drop").code()).isEqualTo(1);
    holds(OLD, NEW);
    assertThat(rotate("switch").code()).isZero();
    assertThat(rotate("accept").err()).contains("the next step is drop");
    holds(NEW, OLD);
  }

  @Test
  void aThirdSecretIsNotOverwritten() throws Exception {
    Files.writeString(before, "a secret of another rotation\n");

    assertThat(rotate("accept").err()).contains("found a third");
    assertThat(Files.readString(before)).startsWith("a secret of another");
    Files.writeString(fresh, "short\n");
    assertThat(rotate("accept").err()).contains("16 characters or more");
  }
}
