package io.muster.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A Redis of a test's own on a free port of the loopback interface, which keeps nothing. For one
/// thread.
public final class RedisServer implements AutoCloseable {
  private static final String PROGRAM = "redis-server";

  private final Path directory;
  private final int port;
  private final List<String> command;
  private Process process;

  private RedisServer(Path directory, int port, List<String> command) throws IOException {
    this.directory = directory;
    this.port = port;
    this.command = List.copyOf(command);
    this.process = begun();
  }

  private Process begun() throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  /// Starts one; empty, with a printed reason, where Redis is missing and cannot be installed.
  ///
  /// @param options further ones, such as `--requirepass`, `x`; `{dir}` is its directory
  public static Optional<RedisServer> start(String... options) {
    boolean here = Programs.onPath(PROGRAM) || Programs.install(PROGRAM);
    if (!here || !Programs.onPath(PROGRAM)) {
      System.err.println("SKIPPED: no redis-server here; install the Debian package redis-server");
      return Optional.empty();
    }
    try {
      int port = Ports.free();
      Path directory = Files.createTempDirectory(Path.of("/tmp"), "muster-redis");
      List<String> command =
          new ArrayList<>(
              List.of(
                  PROGRAM,
                  "--port",
                  Integer.toString(port),
                  "--bind",
                  "127.0.0.1",
                  "--dir",
                  directory.toString(),
                  "--save",
                  "",
                  "--daemonize",
                  "no"));
      for (String o : options) command.add(o.replace("{dir}", directory.toString()));
      RedisServer server = new RedisServer(directory, port, command);
      server.await();
      return Optional.of(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void await() throws IOException {
    Eventually.within(
        Duration.ofSeconds(60), "redis on " + port, () -> !process.isAlive() || answers());
    if (!process.isAlive()) {
      throw new IllegalStateException("redis ended: " + Files.readString(directory.resolve("log")));
    }
  }

  /// Ends the process as a crash does.
  public void kill() {
    process.destroyForcibly();
    Eventually.within(Duration.ofSeconds(20), "its end", () -> !process.isAlive());
  }

  /// Starts it again where it was.
  public void again() {
    try {
      process = begun();
      await();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers() {
    try {
      // Any answer will do, also one that asks for a password.
      return !ask("PING").isEmpty();
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /// Sends one line and returns the first line of the answer.
  public String ask(String line) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
      StringBuilder answer = new StringBuilder();
      for (int c = socket.getInputStream().read(); c >= 0 && c != '\n'; ) {
        answer.append((char) c);
        c = socket.getInputStream().read();
      }
      return answer.toString().strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /// Where its files are, a socket among them where one was asked for.
  public Path directory() {
    return directory;
  }

  /// Ends it and removes its directory.
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
