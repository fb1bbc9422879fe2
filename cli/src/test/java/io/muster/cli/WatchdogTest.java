package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchdogTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private int run(String script) throws Exception {
    PrintStream log = new PrintStream(said, true, StandardCharsets.UTF_8);
    return new Watchdog(List.of("/bin/sh", "-c", script), new Watchdog.Pauses(), log).run();
  }

  @Test
  void pausesDoubleAndBeginAnewAfterAHealthyMinute() {
    Watchdog.Pauses pauses = new Watchdog.Pauses();
    Duration soon = Duration.ofSeconds(59);
    assertThat(Stream.generate(() -> pauses.after(soon).toMillis()).limit(9))
        .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 16_000L, 30_000L, 30_000L, 30_000L);
    assertThat(pauses.after(Duration.ofSeconds(60)).toMillis()).isEqualTo(500);
    assertThat(pauses.after(soon).toMillis()).isEqualTo(1000);
  }

  @Test
  void whatCrashesIsStartedAgainUntilItEndsInOrder() throws Exception {
    Path runs = directory.resolve("runs");
    // The first is killed by itself, the second fails, the third ends well.
    String script =
        "echo x >> %s; case $(wc -l < %s) in 1) kill -9 $$;; 2) exit 1;; *) exit 0;; esac"
            .formatted(runs, runs);
    assertThat(run(script)).isZero();
    assertThat(Files.readAllLines(runs)).hasSize(3);
    assertThat(said.toString(StandardCharsets.UTF_8).lines())
        .hasSize(2)
        .first()
        .asString()
        .contains("member_crashed code=137", "again_in=0.5 s");
  }

  @Test
  void aWrongConfigurationIsNotTriedAgain() throws Exception {
    assertThat(run("exit 2")).isEqualTo(2);
    assertThat(run("kill -TERM $$")).isEqualTo(143);
    assertThat(said.size()).isZero();
  }
}
