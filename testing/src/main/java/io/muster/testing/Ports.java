package io.muster.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Ports for programs that cannot choose one themselves.
public final class Ports {
  private static final int FROM = 12_000;
  private static final int TO = 32_000;

  private Ports() {}

  /// A port of the loopback interface, 12000 to 31999, that nobody listens on now. Those above are
  /// left to outgoing connections.
  public static int free() {
    for (int tries = 0; tries < 1000; tries++) {
      int port = ThreadLocalRandom.current().nextInt(FROM, TO);
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (BindException e) {
        // Taken: the next one.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new IllegalStateException("no free port from " + FROM + " to " + (TO - 1));
  }
}
