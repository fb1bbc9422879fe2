package io.muster.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A name server of a test's own on a free port of the loopback interface: dnsmasq, which knows
/// what it is told and asks nobody. For one thread.
public final class Dnsmasq implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/dnsmasq");

  /// Version 1, one question: NS of the root.
  private static final byte[] QUESTION = {
    0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1,
  };

  private final Path directory;
  private final int port;
  private final Process process;

  private Dnsmasq(Path directory, int port, Process process) {
    this.directory = directory;
    this.port = port;
    this.process = process;
  }

  /// Starts one; empty, with a printed reason, where dnsmasq is missing and cannot be installed.
  ///
  /// @param lines of its configuration, such as `host-record=a.test,127.0.0.1`
  public static Optional<Dnsmasq> start(String... lines) {
    boolean here = Files.isExecutable(PROGRAM) || Programs.install("dnsmasq-base");
    if (!here || !Files.isExecutable(PROGRAM)) {
      System.err.println("SKIPPED: no dnsmasq here; install the Debian package dnsmasq-base");
      return Optional.empty();
    }
    try {
      int port = Ports.free();
      Path directory = Files.createTempDirectory(Path.of("/tmp"), "muster-dnsmasq");
      List<String> all =
          new ArrayList<>(
              List.of(
                  "port=" + port,
                  "listen-address=127.0.0.1",
                  "bind-interfaces",
                  "no-resolv",
                  "no-hosts",
                  "no-daemon",
                  "pid-file",
                  "user=" + System.getProperty("user.name"),
                  "local=/test/"));
      all.addAll(List.of(lines));
      Path file = Files.write(directory.resolve("dnsmasq.conf"), all);
      Process process =
          new ProcessBuilder(PROGRAM.toString(), "--conf-file=" + file)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      Dnsmasq server = new Dnsmasq(directory, port, process);
      Eventually.within(Duration.ofSeconds(30), "dnsmasq on " + port, server::answers);
      return Optional.of(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers() {
    if (!process.isAlive()) {
      try {
        throw new IllegalStateException(
            "dnsmasq ended: " + Files.readString(directory.resolve("log")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      socket.setSoTimeout(500);
      InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      socket.send(new DatagramPacket(QUESTION, QUESTION.length, here));
      socket.receive(new DatagramPacket(new byte[512], 512));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  public int port() {
    return port;
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
