package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import io.muster.testing.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A member in the background with its watchdog: real processes.
class DaemonTest {
  private static final Duration LIMIT = Duration.ofSeconds(120);
  @TempDir Path directory;
  private Optional<ProcessHandle> watchdog = Optional.empty();

  @AfterEach
  void end() {
    watchdog.ifPresent(
        w -> {
          w.descendants().forEach(ProcessHandle::destroyForcibly);
          w.destroyForcibly();
        });
  }

  @Test
  void aKilledMemberComesBackAndIsStoppedByItsPidFile() throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("muster.yaml"),
            """
            member: { name: one, data_dir: %s }
            # The same after a restart: it is by this address that its vote is known.
            link: { port: %d, kdf_iterations: 10000 }
            registry: { expect: 1 }
            gateway: { ports: [0] }
            admin: { listen: "127.0.0.1:0" }
            security: { secure: false }
            """
                .formatted(directory.resolve("data"), Ports.free()));
    Path pidFile = directory.resolve("run/muster.pid");
    Path logs = directory.resolve("logs");
    String[] start = {
      "start",
      "--daemonize",
      "-c",
      config.toString(),
      "--pid-file",
      pidFile.toString(),
      "--log-dir",
      logs.toString(),
      "--ready-timeout",
      "180s",
      "--json"
    };

    Ran started = Ran.muster(start);
    assertThat(started.code()).as(started.err()).isZero();
    JsonNode said = AdminClient.JSON.readTree(started.out());
    long pid = said.path("pid").asLong();
    watchdog = ProcessHandle.of(pid);
    assertThat(said.path("log").asString()).isEqualTo(logs.resolve("stdout.log").toString());
    assertThat(Files.readString(pidFile)).isEqualTo(pid + "\n");
    assertThat(said.path("ready").asBoolean()).isTrue();

    Ran again = Ran.muster(start);
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err()).contains("an instance is already running: process " + pid);

    ProcessHandle member = watchdog.orElseThrow().children().findFirst().orElseThrow();
    member.destroyForcibly();
    Path log = logs.resolve("stdout.log");
    Eventually.within(
        LIMIT,
        "ready a second time",
        () ->
            Files.readString(log).lines().filter(l -> l.startsWith("ready name=one")).count() == 2);
    Ran errors = Ran.muster("log", "stderr", "--log-dir", logs.toString(), "--once");
    assertThat(errors.out()).contains("member_crashed code=137");
    Ran one = Ran.muster("log", "stdout", "--log-dir", logs.toString(), "-n", "1", "--once");
    assertThat(one.out()).startsWith("ready name=one").hasLineCount(1);

    Ran stopped = Ran.muster("stop", "--pid-file", pidFile.toString(), "--timeout", "120s");
    assertThat(stopped.code()).as(stopped.err()).isZero();
    assertThat(stopped.out()).isEqualTo("stopped\n");
    assertThat(pidFile).doesNotExist();
    Eventually.within(LIMIT, "it has gone", () -> !watchdog.orElseThrow().isAlive());
    Ran nobody = Ran.muster("stop", "--pid-file", pidFile.toString());
    assertThat(nobody.code()).isEqualTo(3);
    assertThat(nobody.err()).contains("does not seem to be running");
  }
}
