package io.muster.supervision.check;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A program that leads a process group of its own, so that it can be ended with all it started;
/// no privilege is needed. Where the platform has no `setsid`, those that can still be found as its
/// descendants are ended.
///
/// What it prints is kept up to 4 KiB and read away beyond, so that a full pipe stops nobody.
final class ProcessGroup {
  private static final int OUTPUT_MAX = 4096;

  /// How long output is waited for after the end, while something else holds the pipe open.
  private static final long STRAGGLERS_MILLIS = 200;

  private static final Optional<String> SETSID = find("setsid");

  private final Process process;
  private final byte[] output = new byte[OUTPUT_MAX];

  // Written by the reader, read after its end, or under this lock.
  private final Object guard = new Object();
  private int length;

  /// How it ended.
  ///
  /// @param exit its code; 128 and the signal's number where one ended it
  /// @param output what it printed on both streams, cut
  record Outcome(int exit, String output) {}

  private ProcessGroup(Process process) {
    this.process = process;
  }

  static ProcessBuilder builder(List<String> command, String directory) {
    List<String> words = new ArrayList<>();
    SETSID.ifPresent(words::add);
    words.addAll(command);
    return new ProcessBuilder(words)
        .directory(new File(directory))
        .redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
  }

  /// @param builder of [#builder]
  static ProcessGroup start(ProcessBuilder builder) throws IOException {
    return new ProcessGroup(builder.start());
  }

  private static Optional<String> find(String program) {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    return Stream.of(path.split(File.pathSeparator))
        .filter(d -> !d.isEmpty())
        .map(d -> Path.of(d, program))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  /// Waits for the end, and ends what it left behind in its group. A script that starts something
  /// to stay gives it a session of its own, as daemons have.
  Outcome await() throws InterruptedException {
    Thread reader = Thread.ofPlatform().name("muster-script-output").daemon(true).start(this::read);
    int exit = process.waitFor();
    reader.join(STRAGGLERS_MILLIS);
    kill();
    synchronized (guard) {
      return new Outcome(exit, new String(output, 0, length, StandardCharsets.UTF_8).strip());
    }
  }

  private void read() {
    byte[] buffer = new byte[OUTPUT_MAX];
    try (InputStream in = process.getInputStream()) {
      while (true) {
        int n = in.read(buffer);
        if (n < 0) return;
        synchronized (guard) {
          int kept = Math.min(n, OUTPUT_MAX - length);
          System.arraycopy(buffer, 0, output, length, kept);
          length += kept;
        }
      }
    } catch (IOException e) {
      // The pipe was closed under it, with the end of the process.
    }
  }

  /// Ends the whole group by force; may be called after its end. Does not wait.
  void kill() {
    if (SETSID.isPresent()) Signals.killGroup(process.pid());
    else process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
