package io.muster.supervision.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.action.ActionReport;
import io.muster.testing.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With real shells.
class ShellRunTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(700);
  @TempDir Path dir;

  private static ActionReport run(Duration timeout, String... commands) throws Exception {
    return run(timeout, false, commands);
  }

  private static ActionReport run(Duration timeout, boolean stop, String... commands)
      throws Exception {
    ActionPlan.Shell plan =
        new ActionPlan.Shell(List.of(commands), Optional.empty(), Map.of(), false);
    return new ShellRun(plan, stop).run(Firings.firing(timeout, Map.of("CLUSTER", "c")));
  }

  private long pid(String file) throws Exception {
    Eventually.within(
        LONG, file, () -> Files.exists(dir.resolve(file)) && Files.size(dir.resolve(file)) > 0);
    return Long.parseLong(Files.readString(dir.resolve(file)).strip());
  }

  private static void gone(long pid) {
    Eventually.within(
        LONG,
        "process " + pid + " ends",
        () -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
  }

  @Test
  void commandsRunOneAfterAnotherWhateverTheirExitCodes() throws Exception {
    ActionReport r = run(LONG, "echo one; exit 3", "echo two >&2", "echo three");
    assertThat(r.output()).isEqualTo("one\ntwo\nthree\n");
    assertThat(r.exitCodes()).containsExactly(3, 0, 0);
    assertThat(r.done()).isFalse();
    assertThat(r.message()).isEqualTo("commands[0] ended with 3");
  }

  @Test
  void aFailedCommandIsTheLastOneWhereThatIsAskedFor() throws Exception {
    ActionReport r = run(LONG, true, "true", "exit 2", "echo never");
    assertThat(r.exitCodes()).containsExactly(0, 2);
    assertThat(r.output()).isEmpty();
  }

  @Test
  void onlyThePathIsPassedOnUnlessAskedFor() throws Exception {
    ActionPlan.Shell bare =
        new ActionPlan.Shell(
            List.of("env | cut -d= -f1 | sort"),
            Optional.empty(),
            Map.of("OWN", "1", "B", "own"),
            false);
    Map<String, String> variables = Map.of("B", "trigger", "CLUSTER", "c");
    String names = new ShellRun(bare, false).run(Firings.firing(LONG, variables)).output();
    // The shell itself adds some of these.
    assertThat(names.lines().filter(n -> !List.of("PWD", "SHLVL", "_", "OLDPWD").contains(n)))
        .containsExactly("B", "CLUSTER", "OWN", "PATH");

    ActionPlan.Shell all =
        new ActionPlan.Shell(List.of("echo $HOME-$B"), Optional.empty(), Map.of("B", "own"), true);
    assertThat(new ShellRun(all, false).run(Firings.firing(LONG, variables)).output())
        .isEqualTo(System.getenv("HOME") + "-trigger\n");
  }

  @Test
  void theEventIsReadFromStandardInputByEachCommand() throws Exception {
    ActionReport r = run(LONG, "cat; echo", "cat");
    List<String> lines = r.output().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.getFirst())
        .isEqualTo(lines.getLast())
        .startsWith("{\"id\":\"e7\",\"event\":\"nodes.active\"");
  }

  @Test
  void whatNeverEndsIsKilledWithAllItsChildren() throws Exception {
    ActionReport r =
        run(
            SHORT,
            "echo begun; sleep 1000 & echo $! > "
                + dir.resolve("child")
                + "; (trap '' TERM; sleep 1000) & echo $! > "
                + dir.resolve("deaf")
                + "; wait",
            "echo never");
    assertThat(r.done()).isFalse();
    assertThat(r.message()).startsWith("commands[0] did not end within 700ms").contains("killed");
    assertThat(r.output()).isEqualTo("begun\n");
    gone(pid("child"));
    gone(pid("deaf"));
  }

  @Test
  void aFloodIsCutAndEndsInTime() throws Exception {
    ActionReport flood = run(SHORT, "yes flood");
    assertThat(flood.message()).contains("did not end");
    assertThat(flood.output().length()).isLessThan(2 * HeadTail.PART + 100);

    ActionReport large =
        run(LONG, "echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last");
    assertThat(large.done()).isTrue();
    assertThat(large.output())
        .startsWith("first\n")
        .endsWith("\nlast\n")
        .contains("bytes left out");
  }

  @Test
  void whatStaysInTheBackgroundIsNotWaitedForAndLivesOn() throws Exception {
    ActionReport r = run(LONG, "sleep 1000 & echo $! > " + dir.resolve("stays") + "; echo done");
    assertThat(r.done()).isTrue();
    assertThat(r.output()).isEqualTo("done\n");
    long pid = pid("stays");
    assertThat(ProcessHandle.of(pid).orElseThrow().isAlive()).isTrue();
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    gone(pid);
  }

  @Test
  void aMissingDirectoryIsNamed() throws Exception {
    ActionPlan.Shell plan =
        new ActionPlan.Shell(
            List.of("true"), Optional.of(dir.resolve("none").toString()), Map.of(), false);
    ActionReport r = new ShellRun(plan, false).run(Firings.firing(LONG, Map.of()));
    assertThat(r.done()).isFalse();
    assertThat(r.message()).startsWith("cwd: expected a directory, found nothing: ");
  }

  @Test
  void anInterruptedRunLeavesNothingBehind() throws Exception {
    AtomicReference<Throwable> ended = new AtomicReference<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    run(LONG, "echo $$ > " + dir.resolve("self") + "; exec sleep 1000");
                  } catch (Throwable t) {
                    ended.set(t);
                  }
                });
    long pid = pid("self");
    thread.interrupt();
    thread.join();
    assertThat(ended.get()).isInstanceOf(InterruptedException.class);
    gone(pid);
  }
}
