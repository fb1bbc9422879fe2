package io.muster.contract;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A server of a test's own that behaves badly, in one way, to everybody who connects.
final class HostileServer implements AutoCloseable {
  /// What it does with a connection.
  enum Manner {
    /// Reads, and says nothing.
    SILENT,
    /// Closes at once.
    CLOSES,
    /// Says random bytes and closes.
    GARBAGE,
    /// Sends without end, line breaks in between.
    FLOODS,
    /// Sends without end and without a line break.
    FLOODS_ONE_LINE,
    /// Sends one byte of a good beginning now and then.
    DRIPS
  }

  private static final byte[] GOOD =
      "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Manner manner;
  private final ServerSocket server;
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  HostileServer(Manner manner) {
    this.manner = manner;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /// Connections that the other side has not closed.
  int held() {
    return open.size();
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      OutputStream out = socket.getOutputStream();
      switch (manner) {
        case SILENT -> {}
        case CLOSES -> {
          return;
        }
        case GARBAGE -> {
          byte[] bytes = new byte[2000];
          new Random(7).nextBytes(bytes);
          out.write(bytes);
          return;
        }
        case FLOODS, FLOODS_ONE_LINE -> {
          byte[] bytes = new byte[8192];
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (manner == Manner.FLOODS && i % 80 == 79 ? '\n' : 'x');
          }
          while (true) out.write(bytes);
        }
        case DRIPS -> {
          for (int i = 0; !end.await(20, TimeUnit.MILLISECONDS); i++) {
            out.write(GOOD[i % GOOD.length]);
            out.flush();
          }
        }
      }
      byte[] rest = new byte[1024];
      while (socket.getInputStream().read(rest) >= 0) {
        // Reads away, until the other side ends it.
      }
    } catch (IOException e) {
      // The other side has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() {
    end.countDown();
    try {
      server.close();
      for (Socket s : open) s.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
