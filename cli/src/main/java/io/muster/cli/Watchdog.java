package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Watches over one process and starts it again when it crashes.
///
/// One that ends because it was asked to (0, or the signals TERM and INT) or because its
/// configuration is wrong (2) is not started again. Whoever stops this process stops the other one;
/// one that loses its watchdog sees the end of its standard input.
final class Watchdog {
  /// 143 and 130 are what a shell would call the ends by TERM and INT.
  private static final Set<Integer> FINAL = Set.of(Main.OK, Main.USAGE, 143, 130);

  private static final long STOP_SECONDS = 60;
  private final List<String> command;
  private final Pauses pauses;
  private final PrintStream log;
  private volatile @Nullable Process child;
  private volatile boolean stopping;

  /// How long to wait before the next start: 0.5 s, then twice as long each time, 30 s at most, and
  /// from the beginning after one that ran for a minute. Used by one thread.
  static final class Pauses {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration HEALTHY = Duration.ofSeconds(60);
    private Duration next = FIRST;

    /// @param ran how long the process has run before it crashed
    Duration after(Duration ran) {
      if (ran.compareTo(HEALTHY) >= 0) next = FIRST;
      Duration pause = next;
      Duration twice = next.multipliedBy(2);
      next = twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
      return pause;
    }
  }

  /// @param log gets a line for each crash
  Watchdog(List<String> command, Pauses pauses, PrintStream log) {
    this.command = List.copyOf(command);
    this.pauses = pauses;
    this.log = log;
  }

  /// Runs until the process ends for good.
  ///
  /// @return its exit code
  int run() throws InterruptedException {
    Thread stopper = Thread.ofPlatform().name("stop-watched").unstarted(this::stop);
    Runtime.getRuntime().addShutdownHook(stopper);
    while (true) {
      long start = System.nanoTime();
      Process process = start();
      child = process;
      // A stop that came in between has not seen it.
      if (stopping) process.destroy();
      int code = process.waitFor();
      Duration ran = Duration.ofNanos(System.nanoTime() - start);
      if (stopping || FINAL.contains(code)) return code;
      Duration pause = pauses.after(ran);
      log.println(
          Instant.now()
              + " WARN  Watchdog member_crashed code="
              + code
              + " ran="
              + DurationOption.words(ran)
              + " again_in="
              + DurationOption.words(pause));
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      if (stopping) return code;
    }
  }

  private Process start() {
    try {
      return new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.INHERIT)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BOOTSTRAP_FAILED,
          "the member's process cannot be started: " + e.getMessage(),
          e);
    }
  }

  /// Asks the process to end and waits for it.
  private void stop() {
    stopping = true;
    Process process = child;
    if (process == null) return;
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
