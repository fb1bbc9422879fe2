package io.muster.plugins.check.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Answers everything as a Redis does to INFO while it loads.
final class Loading implements AutoCloseable {
  private final ServerSocket server;

  Loading() {
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual()
        .start(
            () -> {
              while (true) {
                try (Socket s = server.accept()) {
                  String info = "# Persistence\r\nloading:1\r\n";
                  String reply = "$" + info.length() + "\r\n" + info + "\r\n";
                  int _ = s.getInputStream().read();
                  s.getOutputStream().write(reply.getBytes(StandardCharsets.US_ASCII));
                  while (s.getInputStream().read() >= 0) {
                    // Until the other side ends it.
                  }
                } catch (IOException e) {
                  if (server.isClosed()) return;
                }
              }
            });
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
