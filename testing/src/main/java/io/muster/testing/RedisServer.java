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
  private final Process process;

  private RedisServer(Path directory, int port, Process process) {
    this.directory = directory;
    this.port = port;
    this.process = process;
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
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      RedisServer server = new RedisServer(directory, port, process);
      Eventually.within(Duration.ofSeconds(60), "redis on " + port, server::answers);
      return Optional.of(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers() {
    if (!process.isAlive()) {
      try {
        throw new IllegalStateException(
            "redis ended: " + Files.readString(directory.resolve("log")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
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
    process.destroyForcibly();
    Eventually.within(Duration.ofSeconds(20), "its end", () -> !process.isAlive());
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path p : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(p);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
