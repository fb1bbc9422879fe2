package io.muster.realtime.driver;

import io.muster.kernel.Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/// A cable that can be cut: listens beside a member, on another address of the loopback network and
/// the same port, and passes bytes both ways. What is on the wire when it is cut is lost.
final class Wire implements AutoCloseable {
  private final ServerSocket listener;
  private final Address to;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean cut;
  private volatile boolean frozen;

  /// @param host a loopback address other than that of `to`
  Wire(String host, Address to) {
    this.to = to;
    try {
      listener = new ServerSocket();
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getByName(host), to.port()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket near = listener.accept();
        sockets.add(near);
        if (cut) {
          near.close();
          continue;
        }
        Socket far = new Socket(to.host(), to.port());
        sockets.add(far);
        pump(near, far);
        pump(far, near);
        if (cut) cut();
      } catch (IOException e) {
        // Cut, or closed.
      }
    }
  }

  private void pump(Socket from, Socket into) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (from;
                  into) {
                InputStream in = from.getInputStream();
                OutputStream out = into.getOutputStream();
                byte[] some = new byte[8192];
                for (int n; (n = in.read(some)) >= 0; ) {
                  while (frozen && !listener.isClosed()) LockSupport.parkNanos(5_000_000);
                  out.write(some, 0, n);
                }
              } catch (IOException e) {
                // Cut.
              }
            });
  }

  /// Nothing gets through, and nobody is told, as when a router dies.
  void freeze(boolean on) {
    frozen = on;
  }

  void cut() {
    cut = true;
    for (Socket s : sockets) {
      try {
        s.setSoLinger(true, 0);
        s.close();
      } catch (IOException e) {
        // It was gone already.
      }
    }
    sockets.clear();
  }

  void mend() {
    cut = false;
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      // Nothing to keep.
    }
    cut();
  }
}
