package io.muster.plugins.balancer.program;

import io.muster.spi.balance.BalancerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a foreign program to its end.
public final class Command {
  private static final int OUTPUT_BYTES_MAX = 3072;

  private Command() {}

  /// How it ended.
  ///
  /// @param output what it wrote to both outputs, at most 3 KiB from its beginning
  public record Ended(int exit, String output) {}

  /// Runs it; blocks until it ends. What it leaves behind in the background goes on.
  ///
  /// @param step for the exceptions
  /// @param key the setting that names the program, for the message when it is missing
  /// @throws BalancerException when it cannot be started, or has not ended in time and was killed
  public static Ended run(
      BalancerException.Step step, String key, Duration within, List<String> command) {
    Path output = null;
    try {
      // A file and not a pipe: a program that goes to the background keeps a pipe open.
      output = Files.createTempFile("muster-command", ".out");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .start();
      if (!waited(process, within)) {
        throw new BalancerException(
            step,
            String.join(" ", command)
                + ": no end within "
                + within.toMillis()
                + " ms; it was killed. It said: "
                + read(output));
      }
      return new Ended(process.exitValue(), read(output));
    } catch (IOException e) {
      throw new BalancerException(
          step,
          "expected a program that can be started as "
              + command.getFirst()
              + ", found: "
              + e.getMessage()
              + "; install it, or say where it is with "
              + key,
          e);
    } finally {
      if (output != null) output.toFile().delete();
    }
  }

  private static boolean waited(Process process, Duration within) {
    try {
      if (process.waitFor(within.toNanos(), TimeUnit.NANOSECONDS)) return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    return false;
  }

  private static String read(Path output) throws IOException {
    try (InputStream in = Files.newInputStream(output)) {
      return new String(in.readNBytes(OUTPUT_BYTES_MAX), StandardCharsets.UTF_8).strip();
    }
  }
}
