package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.node.MusterSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `muster log`: the log of a member in the background.
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the last lines of the log of a member that was started in the background, and those"
          + " that follow, until Ctrl-C.",
      "It is <data_dir>/log/muster.log with both outputs, or stdout.log or stderr.log of --log-dir."
    },
    footer = {
      "",
      "Example:  muster log -c muster.yaml",
      "          muster log stderr --log-dir /var/log/muster -n 20 --once"
    })
final class LogCommand implements Callable<Integer> {
  private static final long LOOK_NANOS = 200_000_000;
  private static final long READ_MAX = 4 << 20;

  /// Which output.
  enum Output {
    STDOUT,
    STDERR
  }

  @Mixin SettingsOptions settings = new SettingsOptions();

  @Parameters(
      paramLabel = "OUTPUT",
      arity = "0..1",
      description = "With --log-dir: stdout or stderr (stderr, to which members log).")
  @Nullable Output output;

  @Option(
      names = "--log-dir",
      paramLabel = "DIR",
      description = "The directory that 'muster start --log-dir' was given.")
  @Nullable Path logDir;

  @Option(
      names = {"-n", "--lines"},
      paramLabel = "N",
      defaultValue = "100",
      description = "How many of the last lines to begin with (${DEFAULT-VALUE}).")
  int lines = 100;

  @Option(names = "--once", description = "Show the last lines and return.")
  boolean once;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    if (lines < 0) throw new ParameterException(spec.commandLine(), "--lines: 0 or more");
    if (output != null && logDir == null) {
      throw new ParameterException(
          spec.commandLine(), "OUTPUT: only with --log-dir; otherwise both are in one log");
    }
    Path file = file();
    if (!Files.exists(file)) {
      throw new MusterException(
          ErrorCode.NOT_FOUND,
          "there is no log " + file + "; a member in the foreground writes where it was started");
    }
    // Before the last lines are read: one that comes in between may be shown twice, never missed.
    LogTail tail = new LogTail(file);
    last(file).forEach(System.out::println);
    System.out.flush();
    while (!once && !Thread.currentThread().isInterrupted() && !System.out.checkError()) {
      tail.more().forEach(System.out::println);
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return Main.OK;
  }

  private Path file() {
    if (logDir != null) {
      return logDir.resolve(output == Output.STDOUT ? DetachedStart.STDOUT : DetachedStart.STDERR);
    }
    return DetachedStart.usualLog(MusterSettings.read(settings.load()).member().dataDir());
  }

  private List<String> last(Path file) {
    try (SeekableByteChannel in = Files.newByteChannel(file)) {
      long from = Math.max(0, in.size() - READ_MAX);
      in.position(from);
      ByteBuffer buffer = ByteBuffer.allocate((int) (in.size() - from));
      while (buffer.hasRemaining() && in.read(buffer) >= 0) {
        // Until all is there.
      }
      String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
      List<String> all = text.lines().toList();
      return all.subList(Math.max(0, all.size() - lines), all.size());
    } catch (IOException e) {
      throw new MusterException(ErrorCode.NOT_FOUND, file + " cannot be read (" + e + ")", e);
    }
  }
}
