package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A `muster` command under way, as an operator runs it; standard error is part of its output.
final class MusterCommand implements AutoCloseable {
  private static final int SECONDS = 90;
  final Process process;
  private final Path out;

  private MusterCommand(Process process, Path out) {
    this.process = process;
    this.out = out;
  }

  /// @param command the program and all its arguments
  static MusterCommand start(Path directory, List<String> command) {
    try {
      Path out = Files.createTempFile(directory, "command-", ".out");
      return new MusterCommand(
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start(),
          out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts a command as built.
  static MusterCommand start(Path directory, String... arguments) {
    List<String> command = new ArrayList<>(Tools.muster());
    command.addAll(List.of(arguments));
    return start(directory, command);
  }

  /// Starts a command with a member's settings as `-c`.
  static MusterCommand start(MemberProcess of, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("-c", of.directory.resolve("muster.yaml").toString()));
    return start(of.directory, all.toArray(String[]::new));
  }

  /// What came of a command.
  record Ended(int code, String output) {}

  /// Runs one to its end.
  static Ended run(Path directory, String... arguments) throws InterruptedException {
    return start(directory, arguments).ended();
  }

  /// Runs one with a member's settings to its end.
  static Ended run(MemberProcess of, String... arguments) throws InterruptedException {
    return start(of, arguments).ended();
  }

  /// Runs one with a member's settings, which must succeed.
  ///
  /// @return its output
  static String done(MemberProcess of, String... arguments) throws InterruptedException {
    Ended e = run(of, arguments);
    assertThat(e.code).as(e.output).isZero();
    return e.output;
  }

  private Ended ended() throws InterruptedException {
    try (this) {
      return new Ended(end(), output());
    }
  }

  /// What it has written so far.
  String output() {
    try {
      return Files.readString(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits for its end.
  ///
  /// @return the exit code
  int end() throws InterruptedException {
    if (process.waitFor(SECONDS, TimeUnit.SECONDS)) return process.exitValue();
    throw new AssertionError("did not end\n" + output());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
