package io.muster.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL of a test's own: in a fresh directory, on a free port of the loopback interface,
/// not as root. Can be killed, stalled and started again on the same data. For one thread.
public final class PostgresServer implements AutoCloseable {
  public static final String USER = "muster";
  public static final String PASSWORD = "s3cret-enough";
  public static final String DATABASE = "postgres";

  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(60);

  private final Path bin;
  private final Path directory;
  private final int port = Ports.free();
  private @Nullable Process process;

  private PostgresServer(Path bin, Path directory) {
    this.bin = bin;
    this.directory = directory;
  }

  /// Starts one; empty, with a printed reason, where PostgreSQL is missing and cannot be installed.
  public static Optional<PostgresServer> start() {
    Path bin = bin();
    if (bin == null && Programs.install("postgresql")) bin = bin();
    if (bin == null) {
      System.err.println("SKIPPED: no PostgreSQL here; install the Debian package postgresql");
      return Optional.empty();
    }
    try {
      PostgresServer server =
          new PostgresServer(bin, Files.createTempDirectory(Path.of("/tmp"), "muster-postgres"));
      server.initialise();
      server.up();
      return Optional.of(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Path bin() {
    if (!Files.isDirectory(VERSIONS)) return null;
    try (Stream<Path> all = Files.list(VERSIONS)) {
      return all.map(v -> v.resolve("bin"))
          .filter(b -> Files.isExecutable(b.resolve("initdb")))
          .max(Comparator.naturalOrder())
          .orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void initialise() throws IOException {
    Path password = directory.resolve("password");
    Files.writeString(password, PASSWORD);
    if (Programs.root()) {
      Programs.run(directory, 30, List.of("chown", "-R", "postgres", directory.toString()));
    }
    Programs.run(
        directory,
        120,
        unprivileged(
            bin.resolve("initdb").toString(),
            "--pgdata=" + directory.resolve("data"),
            "--username=" + USER,
            "--pwfile=" + password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync"));
  }

  private static List<String> unprivileged(String... command) {
    List<String> all = new ArrayList<>();
    if (Programs.root()) all.addAll(List.of("runuser", "-u", "postgres", "--"));
    all.addAll(List.of(command));
    return all;
  }

  /// Starts it again after [#kill]; returns when it takes connections.
  public void up() {
    try {
      process =
          new ProcessBuilder(
                  unprivileged(
                      bin.resolve("postgres").toString(),
                      "-D",
                      directory.resolve("data").toString(),
                      "-p",
                      Integer.toString(port),
                      "-k",
                      directory.toString(),
                      "-c",
                      "listen_addresses=127.0.0.1",
                      "-c",
                      "shared_buffers=16MB"))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Eventually.within(
        STARTS_WITHIN,
        "PostgreSQL on " + port,
        () -> {
          sql("SELECT 1");
          return true;
        });
  }

  /// Runs one statement as its superuser.
  ///
  /// @return what psql prints, without headers and without white space at its ends
  public String sql(String statement) {
    return Programs.run(
            directory,
            30,
            List.of(
                "env",
                "PGPASSWORD=" + PASSWORD,
                bin.resolve("psql").toString(),
                "-h127.0.0.1",
                "-p" + port,
                "-U" + USER,
                "-d" + DATABASE,
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                statement))
        .strip();
  }

  public int port() {
    return port;
  }

  /// As drivers and JDBC understand it, without user and password.
  public String url() {
    return "postgresql://127.0.0.1:" + port + "/" + DATABASE;
  }

  private List<ProcessHandle> all() {
    Process p = process;
    return p == null ? List.of() : Stream.concat(p.descendants(), Stream.of(p.toHandle())).toList();
  }

  /// Kills every one of its processes at once, as a power failure would.
  public void kill() {
    List<ProcessHandle> all = all();
    all.forEach(ProcessHandle::destroyForcibly);
    Eventually.within(
        Duration.ofSeconds(20), "its end", () -> all.stream().noneMatch(ProcessHandle::isAlive));
    process = null;
  }

  /// Stops every one of its processes where it is: connections stay, nothing answers.
  public void stall() {
    signal("-STOP");
  }

  /// Lets it go on after [#stall].
  public void resume() {
    signal("-CONT");
  }

  private void signal(String signal) {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    for (ProcessHandle p : all()) command.add(Long.toString(p.pid()));
    Programs.run(directory, 10, command);
  }

  /// Kills it and removes its directory.
  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path p : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(p);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
