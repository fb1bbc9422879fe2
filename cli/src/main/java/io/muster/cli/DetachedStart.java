package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.node.MusterSettings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One member started in the background, and the wait until it is ready.
///
/// The member is this program again in a session of its own, with the JVM flags of this one, its
/// output appended to `<data_dir>/log/muster.log`. Either it is ready when this returns, or nothing
/// is left running.
final class DetachedStart {
  private static final Pattern READY =
      Pattern.compile("^ready name=(.*) clients=\\[(.*)] admin=(\\S+)$");
  private static final long LOOK_NANOS = 50_000_000;
  private static final long STOP_SECONDS = 15;
  private static final int LAST_LINES = 12;
  static final String STDOUT = "stdout.log";
  static final String STDERR = "stderr.log";

  /// A log larger than this is put aside before the start.
  private static final long LOG_BYTES_MAX = 16 << 20;

  private final MusterSettings settings;
  private final List<String> arguments;
  private final Duration readyTimeout;
  private final boolean json;
  private final @Nullable Path logDir;

  /// @param arguments the options that lead to `settings`, and those for the process itself
  /// @param readyTimeout zero does not wait
  /// @param logDir gets `stdout.log` and `stderr.log`; null for one log in the data directory
  DetachedStart(
      MusterSettings settings,
      List<String> arguments,
      Duration readyTimeout,
      boolean json,
      @Nullable Path logDir) {
    this.logDir = logDir;
    this.settings = settings;
    this.arguments = List.copyOf(arguments);
    this.readyTimeout = readyTimeout;
    this.json = json;
  }

  /// What a ready member says of itself.
  private record Ready(List<String> clients, String admin) {}

  int run() {
    Path file = log();
    LogTail log = new LogTail(file);
    LogTail errors = logDir == null ? log : new LogTail(aside(STDERR));
    Process member = start(file);
    Thread stopper = Thread.ofPlatform().name("stop-detached").unstarted(() -> stop(member));
    Runtime.getRuntime().addShutdownHook(stopper);
    Optional<Ready> ready = readyTimeout.isZero() ? Optional.empty() : await(member, log, errors);
    // From here on it lives without us.
    Runtime.getRuntime().removeShutdownHook(stopper);
    report(ready, member.pid(), file);
    return Main.OK;
  }

  /// Where the log of a member with this data directory is, unless it was told another place.
  static Path usualLog(Path dataDirectory) {
    return dataDirectory.toAbsolutePath().normalize().resolve("log/muster.log");
  }

  private Path log() {
    return aside(STDOUT);
  }

  /// A log file, its directory made and a large former one put aside.
  private Path aside(String name) {
    Path file =
        logDir == null
            ? usualLog(settings.member().dataDir())
            : logDir.toAbsolutePath().normalize().resolve(name);
    try {
      Files.createDirectories(file.getParent());
      if (Files.exists(file) && Files.size(file) > LOG_BYTES_MAX) {
        Path old = file.resolveSibling(file.getFileName() + ".1");
        Files.move(file, old, StandardCopyOption.REPLACE_EXISTING);
      }
      return file;
    } catch (IOException e) {
      String key = logDir == null ? "member.data_dir" : "--log-dir";
      throw new MusterException(
          ErrorCode.DATA_CORRUPT, key + ": cannot write " + file + " (" + e + ")", e);
    }
  }

  private Process start(Path log) {
    List<String> command = new ArrayList<>();
    // Neither Ctrl-C nor the end of the terminal is meant for it.
    for (String program : List.of("/usr/bin/setsid", "/bin/setsid", "/usr/bin/nohup")) {
      if (!command.isEmpty() || !Files.isExecutable(Path.of(program))) continue;
      command.add(program);
    }
    List<String> start = new ArrayList<>(List.of("start"));
    start.addAll(arguments);
    command.addAll(OwnProgram.command(start));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    if (logDir == null) builder.redirectErrorStream(true);
    else builder.redirectError(ProcessBuilder.Redirect.appendTo(aside(STDERR).toFile()));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BOOTSTRAP_FAILED,
          "the member's process cannot be started: " + e.getMessage(),
          e);
    }
  }

  /// @throws MusterException `bootstrap_failed` with the last lines of the log; the member has
  ///     ended
  private Optional<Ready> await(Process member, LogTail log, LogTail errors) {
    long start = System.nanoTime();
    while (true) {
      // Asked before the log is read: what it said last must not be missed.
      boolean alive = member.isAlive();
      for (String line : log.more()) {
        Matcher m = READY.matcher(line);
        if (m.matches()) return Optional.of(new Ready(clients(m.group(2)), m.group(3)));
      }
      if (!alive) {
        throw failed("ended with " + member.exitValue() + " before it was ready", errors);
      }
      if (System.nanoTime() - start > readyTimeout.toNanos()) {
        stop(member);
        throw failed(
            "was not ready within " + DurationOption.words(readyTimeout) + " and was stopped",
            errors);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private MusterException failed(String what, LogTail log) {
    List<String> last = log.last(LAST_LINES);
    return new MusterException(
        ErrorCode.BOOTSTRAP_FAILED,
        "member "
            + settings.member().name()
            + " "
            + what
            + "; "
            + (last.isEmpty() ? "it wrote nothing to " : "the last lines of ")
            + log.file()
            + last.stream().map(l -> "\n  " + l).reduce("", String::concat));
  }

  private static void stop(Process member) {
    member.destroy();
    try {
      if (!member.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) member.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      member.destroyForcibly();
    }
  }

  private List<String> clients(String ports) {
    // None while clients are deferred, or where it serves none.
    return Arrays.stream(ports.split(", "))
        .filter(p -> !p.isEmpty())
        .map(p -> settings.clientUrl(Integer.parseInt(p)))
        .toList();
  }

  private void report(Optional<Ready> ready, long pid, Path log) {
    String name = settings.member().name();
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("name", name);
      all.put("ready", ready.isPresent());
      all.put("clients", ready.map(Ready::clients).orElse(List.of()));
      all.put("admin", ready.map(Ready::admin).orElse(""));
      all.put("pid", pid);
      all.put("log", log.toString());
      System.out.println(AdminClient.JSON.writeValueAsString(all));
      return;
    }
    System.out.println(
        ready
            .map(
                r ->
                    "member %s  clients %s  admin %s"
                        .formatted(name, String.join(" ", r.clients), r.admin))
            .orElse("member " + name + "  starting; 'muster status' says when it is ready"));
    System.out.println("pid " + pid + "  log " + log);
  }
}
