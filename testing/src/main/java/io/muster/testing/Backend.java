package io.muster.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/// A service behind a balancer, on a free port of the loopback interface: each line `GET …` of an
/// HTTP request without a body is answered with its name, and every other line is echoed, so that a
/// connection can be held open for long; over HTTP after an upgrade. Safe on any thread.
public final class Backend implements AutoCloseable {
  private static final byte[] UPGRADED =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
          .getBytes(StandardCharsets.UTF_8);

  private final ServerSocket listener;
  private final String name;
  private final AtomicLong connections = new AtomicLong();

  private Backend(ServerSocket listener, String name) {
    this.listener = listener;
    this.name = name;
  }

  public static Backend start(String name) {
    try {
      ServerSocket listener = new ServerSocket(Ports.free(), 200, InetAddress.getLoopbackAddress());
      Backend backend = new Backend(listener, name);
      Thread.ofVirtual().start(backend::accept);
      return backend;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      OutputStream out = socket.getOutputStream();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.startsWith("GET ")) {
          out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          continue;
        }
        boolean last = line.endsWith("HTTP/1.0");
        boolean upgrade = false;
        String header = in.readLine();
        while (header != null && !header.isEmpty()) {
          last |= header.equalsIgnoreCase("connection: close");
          upgrade |= header.regionMatches(true, 0, "upgrade:", 0, 8);
          header = in.readLine();
        }
        if (upgrade) {
          out.write(UPGRADED);
          continue;
        }
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n";
        if (last) head += "Connection: close\r\n";
        out.write((head + "\r\n" + name).getBytes(StandardCharsets.UTF_8));
        if (last) return;
      }
    } catch (IOException e) {
      // The client went away.
    }
  }

  /// `127.0.0.1:port`
  public String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /// How many connections came.
  public long connections() {
    return connections.get();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
