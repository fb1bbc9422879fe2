package io.muster.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Clients that ask a port of the loopback interface for a page again and again, each time on a new
/// connection, until they are told to stop. Counts what was answered, and says what was not.
public final class Load implements AutoCloseable {
  private static final int ANSWER_MILLIS = 30_000;
  private static final int FAILURES_MAX = 100;

  private final int port;
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean over;

  private Load(int port) {
    this.port = port;
  }

  public static Load of(int port, int clients) {
    Load load = new Load(port);
    for (int i = 0; i < clients; i++) {
      load.clients.add(Thread.ofVirtual().start(load::ask));
    }
    return load;
  }

  private void ask() {
    while (!over) {
      try {
        get(port);
        answered.incrementAndGet();
      } catch (IOException e) {
        if (failed.incrementAndGet() <= FAILURES_MAX) failures.add(e.toString());
      }
    }
  }

  /// Asks once.
  ///
  /// @return the body of the answer
  /// @throws IOException when it is not `200`
  public static String get(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(ANSWER_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (!all.startsWith("HTTP/1.1 200")) {
        throw new IOException(
            all.isEmpty() ? "no answer" : all.lines().findFirst().orElse("an empty answer"));
      }
      return all.substring(all.indexOf("\r\n\r\n") + 4);
    }
  }

  public long answered() {
    return answered.get();
  }

  /// Waits until so many more were answered.
  public void proceed(long more) {
    long until = answered.get() + more;
    Eventually.within(
        Duration.ofSeconds(60), until + " answers", () -> answered.get() >= until || failed());
  }

  private boolean failed() {
    return failed.get() > 0;
  }

  /// What was not answered; the first hundred of them.
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /// Ends when every client has its last answer.
  @Override
  public void close() {
    over = true;
    for (Thread client : clients) {
      try {
        client.join(Duration.ofSeconds(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /// A connection that is held open; what is said on it comes back.
  public static final class Held implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    public Held(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(ANSWER_MILLIS);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /// One that was upgraded from HTTP.
    public static Held upgraded(int port) throws IOException {
      Held held = new Held(port);
      held.socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
      String first = held.in.readLine();
      if (first == null || !first.startsWith("HTTP/1.1 101")) {
        held.close();
        throw new IOException("not upgraded: " + first);
      }
      String header = first;
      while (header != null && !header.isEmpty()) header = held.in.readLine();
      return held;
    }

    /// @throws IOException when the connection is broken
    public void say(String line) throws IOException {
      socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      String back = in.readLine();
      if (!line.equals(back)) throw new IOException("said " + line + ", heard " + back);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
