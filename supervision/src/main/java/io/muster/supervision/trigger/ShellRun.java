package io.muster.supervision.trigger;

import io.muster.kernel.Units;
import io.muster.spi.action.Action;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonText;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Commands of a trigger, one after another, each `sh -c` in a process group of its own.
///
/// When the time is over or the thread is interrupted the whole group gets TERM, and KILL a little
/// later. What a command leaves in the background when it ends by itself is none of ours and lives
/// on; its output must go elsewhere, since the pipe it inherited is closed then.
///
/// Each command reads the event as JSON from its standard input. Both outputs go into one text.
final class ShellRun implements Action {
  /// From TERM to KILL.
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final long LOOK_MILLIS_MAX = 50;

  /// How long what was printed before the end is read after it.
  private static final long LAST_NANOS = 1_000_000_000L;
  private static final Optional<String> SETSID =
      Stream.of("/usr/bin/setsid", "/bin/setsid")
          .filter(p -> Files.isExecutable(Path.of(p)))
          .findFirst();

  private final ActionPlan.Shell plan;
  private final boolean stopOnError;

  /// @param stopOnError whether commands after a failed one are left out
  ShellRun(ActionPlan.Shell plan, boolean stopOnError) {
    this.plan = plan;
    this.stopOnError = stopOnError;
  }

  @Override
  public ActionReport run(Firing firing) throws InterruptedException {
    File cwd = plan.cwd().map(File::new).orElse(null);
    if (cwd != null && !cwd.isDirectory()) {
      return ActionReport.failed("cwd: expected a directory, found " + kind(cwd) + ": " + cwd);
    }
    long deadline = System.nanoTime() + firing.timeout().toNanos();
    byte[] input = JsonText.write(firing.document());
    HeadTail output = new HeadTail();
    List<Integer> codes = new ArrayList<>();
    String wrong = "";
    for (int i = 0; i < plan.commands().size(); i++) {
      String which = "commands[" + i + "]";
      int code;
      try {
        code = one(plan.commands().get(i), cwd, firing.variables(), input, output, deadline);
      } catch (IOException e) {
        return new ActionReport(
            false, which + " cannot be started: " + e.getMessage(), codes, output.text());
      }
      if (code == OVERDUE) {
        String why =
            which
                + " did not end within "
                + words(firing.timeout())
                + "; it was killed with its process group";
        return new ActionReport(false, why, codes, output.text());
      }
      codes.add(code);
      if (code == 0) continue;
      if (wrong.isEmpty()) wrong = which + " ended with " + code;
      if (stopOnError) break;
    }
    return new ActionReport(wrong.isEmpty(), wrong, codes, output.text());
  }

  private static final int OVERDUE = Integer.MIN_VALUE;

  private static String kind(File cwd) {
    return cwd.exists() ? "a file" : "nothing";
  }

  private static String words(Duration d) {
    return Units.text(d);
  }

  /// @return the exit code, or [#OVERDUE]
  private int one(
      String command,
      @Nullable File cwd,
      Map<String, String> variables,
      byte[] input,
      HeadTail output,
      long deadline)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>();
    SETSID.ifPresent(line::add);
    line.addAll(List.of("/bin/sh", "-c", command));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    if (cwd != null) builder.directory(cwd);
    environment(builder.environment(), variables);
    Process process = builder.start();
    boolean ended = false;
    try {
      feed(process, input);
      ended = watch(process, output, deadline);
    } finally {
      if (!ended) kill(process);
    }
    drain(process.getInputStream(), output, System.nanoTime() + LAST_NANOS);
    close(process);
    return ended ? process.exitValue() : OVERDUE;
  }

  private void environment(Map<String, String> env, Map<String, String> variables) {
    if (!plan.inheritEnv()) {
      String path = env.get("PATH");
      env.clear();
      if (path != null) env.put("PATH", path);
    }
    env.putAll(plan.env());
    env.putAll(variables);
  }

  /// Writes without waiting for a command that does not read: what a pipe does not hold, a thread
  /// of its own writes, which ends with the command.
  private static void feed(Process process, byte[] input) {
    Thread.ofVirtual()
        .name("trigger-input")
        .start(
            () -> {
              try (OutputStream to = process.getOutputStream()) {
                to.write(input);
              } catch (IOException e) {
                // It did not want to know.
              }
            });
  }

  /// Reads what it prints until it ends, without ever blocking: a command in the background may
  /// keep the pipe open for years.
  ///
  /// @return false when the time is over
  private static boolean watch(Process process, HeadTail output, long deadline)
      throws IOException, InterruptedException {
    long pause = 1;
    InputStream from = process.getInputStream();
    while (true) {
      boolean some = drain(from, output, deadline);
      long left = deadline - System.nanoTime();
      if (left <= 0) return false;
      pause = some ? 1 : Math.min(LOOK_MILLIS_MAX, pause * 2);
      long nanos = Math.min(left, pause * 1_000_000);
      if (process.waitFor(nanos, TimeUnit.NANOSECONDS)) return true;
    }
  }

  /// Takes what is there.
  ///
  /// @return whether there was anything
  private static boolean drain(InputStream from, HeadTail output, long deadline) {
    byte[] buffer = new byte[8192];
    boolean some = false;
    try {
      while (from.available() > 0 && System.nanoTime() - deadline < 0) {
        int n = from.read(buffer, 0, Math.min(buffer.length, from.available()));
        if (n <= 0) break;
        output.add(buffer, n);
        some = true;
      }
    } catch (IOException e) {
      // Closed by now.
    }
    return some;
  }

  private static void close(Process process) {
    try {
      process.getInputStream().close();
    } catch (IOException e) {
      // Nothing is left to read.
    }
  }

  /// Ends the process and whatever belongs to its group. Waits for it, a few seconds at most, even
  /// when the thread is interrupted.
  private static void kill(Process process) {
    boolean interrupted = Thread.interrupted();
    try {
      signal(process, "TERM");
      process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      signal(process, "KILL");
      process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
      signal(process, "KILL");
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private static void signal(Process process, String name) {
    if (SETSID.isEmpty()) {
      process.descendants().forEach(p -> end(p, name));
      end(process.toHandle(), name);
      return;
    }
    try {
      // The group lives on while anybody is in it, also when its first process has ended.
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", "kill -s " + name + " -- -" + process.pid())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!kill.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) kill.destroyForcibly();
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(ProcessHandle p, String name) {
    if (name.equals("KILL")) p.destroyForcibly();
    else p.destroy();
  }
}
