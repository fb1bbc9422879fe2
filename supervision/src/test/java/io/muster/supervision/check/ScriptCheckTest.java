package io.muster.supervision.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With real processes.
class ScriptCheckTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  @TempDir Path directory;

  private static final CheckContext CONTEXT =
      new CheckContext() {
        @Override
        public String cluster() {
          return "c";
        }

        @Override
        public CompletableFuture<Finding> blocking(Callable<Finding> probe) {
          throw new AssertionError("scripts have threads of their own");
        }
      };

  private static CheckSetup read(Map<String, String> settings) {
    return new ScriptProvider().read(new MapSettings(settings));
  }

  private static CompletableFuture<Finding> start(String command) {
    String json = new String(JsonText.write(new JsonValue.Text(command)), StandardCharsets.UTF_8);
    return start(Map.of("command", json));
  }

  private static CompletableFuture<Finding> start(Map<String, String> settings) {
    Target target =
        new Target(
            "web",
            "10.0.0.1:8080",
            new Endpoint.Net("tcp", "10.0.0.1", 8080),
            Map.of("max-conns", new JsonValue.Whole(5)));
    try (Check check = read(settings).open(CONTEXT)) {
      return check.probe(new Probe(target, Duration.ofMillis(1500)));
    }
  }

  private static Finding run(String command) {
    return end(start(command));
  }

  private static Finding end(CompletableFuture<Finding> answer) {
    return answer.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Test
  void theExitCodeSaysHowItIs() {
    assertThat(run("echo fine")).isEqualTo(Finding.PASSED);
    assertThat(run("echo slow; exit 1")).isEqualTo(Finding.warning("Exit code 1: slow"));
    assertThat(run("echo out; echo err >&2; exit 7"))
        .isEqualTo(Finding.critical("Exit code 7: out err"));
    assertThat(run("kill -9 $$").message()).isEqualTo("Exit code 137");
  }

  @Test
  void aListIsStartedWithoutAShell() {
    assertThat(end(start(Map.of("command", "[\"/bin/test\", \"a b\", \"=\", \"a b\"]"))))
        .isEqualTo(Finding.PASSED);
    Finding missing = end(start(Map.of("command", "[\"/no/such/program\", \"x\"]")));
    assertThat(missing.health()).isIn(Health.CRITICAL, Health.UNKNOWN);
    assertThat(missing.message()).contains("/no/such/program");
  }

  @Test
  void theTargetIsInTheEnvironmentAndTheMembersOwnIsNot() {
    CompletableFuture<Finding> answer =
        start(
            Map.of(
                "command",
                "\"env | sort | tr '\\\\n' ' '; exit 2\"",
                "env",
                "{\"MINE\": \"x y\", \"N\": 3}"));

    String said = end(answer).message();

    assertThat(said)
        .contains("MUSTER_CLUSTER=web")
        .contains("MUSTER_ADDR=10.0.0.1:8080")
        .contains("MUSTER_HOST=10.0.0.1")
        .contains("MUSTER_PORT=8080")
        .contains("MUSTER_TIMEOUT_MS=1500")
        .contains("MUSTER_ATTR_MAX_CONNS=5")
        .contains("MINE=x y")
        .contains("N=3");
    for (String name : System.getenv().keySet()) {
      if (name.startsWith("MAVEN")) assertThat(said).doesNotContain(name + "=");
    }
  }

  @Test
  void whatFloodsIsCutAndReadAway() {
    Finding finding = run("head -c 3000000 /dev/zero | tr '\\0' x; exit 3");

    assertThat(finding.health()).isEqualTo(Health.CRITICAL);
    assertThat(finding.message()).hasSize(Finding.MESSAGE_MAX).startsWith("Exit code 3: xxx");
  }

  @Test
  void whatNeverEndsIsKilledWithAllItStarted() throws IOException {
    Path pids = directory.resolve("pids");
    String script =
        "trap '' TERM; (trap '' TERM; sleep 300 & echo $! >>F; wait; sleep 300) &"
            + " sleep 300 & echo $! >>F; echo $$ >>F; wait; wait";
    CompletableFuture<Finding> answer = start(script.replace("F", pids.toString()));
    Eventually.within(
        LIMIT, "started", () -> Files.exists(pids) && Files.readAllLines(pids).size() == 3);

    answer.cancel(true);

    for (String pid : Files.readAllLines(pids)) {
      Eventually.within(LIMIT, "end of " + pid, () -> !alive(Long.parseLong(pid)));
    }
  }

  private static boolean alive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  @Test
  void whoFloodsForEverIsKilledToo() {
    CompletableFuture<Finding> answer = start("yes");
    Eventually.within(LIMIT, "yes", () -> yes() > 0);
    answer.cancel(true);
    Eventually.within(LIMIT, "its end", () -> yes() == 0);
  }

  private static long yes() {
    return ProcessHandle.current()
        .descendants()
        .filter(p -> p.info().commandLine().orElse("").endsWith("yes"))
        .filter(ProcessHandle::isAlive)
        .count();
  }

  @Test
  void aChildThatHoldsTheOutputDoesNotHoldTheAnswerAndEndsWithIt() throws IOException {
    Path pid = directory.resolve("pid");

    assertThat(run("sleep 300 & echo $! >" + pid)).isEqualTo(Finding.PASSED);

    long child = Long.parseLong(Files.readString(pid).strip());
    Eventually.within(LIMIT, "its end", () -> !alive(child));
  }

  @Test
  void wrongKeysAreNamed() {
    assertThatThrownBy(() -> read(Map.of())).hasMessageContaining("command");
    assertThatThrownBy(() -> read(Map.of("command", "[]"))).hasMessageContaining("command");
    assertThatThrownBy(() -> read(Map.of("command", "[\"a\", {}]")))
        .hasMessageContaining("command[1]");
    assertThatThrownBy(() -> read(Map.of("command", "\"a\"", "env", "{\"a b\": 1}")))
        .hasMessageContaining("env.a b");
    assertThatThrownBy(() -> read(Map.of("command", "\"a\"", "directory", "tmp")))
        .hasMessageContaining("directory");
  }
}
