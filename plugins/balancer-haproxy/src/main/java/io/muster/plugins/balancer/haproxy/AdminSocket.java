package io.muster.plugins.balancer.haproxy;

import io.muster.spi.balance.BalancerException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/// haproxy's command line on a socket: one command, one answer. Immutable.
///
/// @param path of the socket
/// @param within how long an answer is waited for
record AdminSocket(Path path, Duration within) {
  /// Linux lets a socket's path be no longer.
  private static final int PATH_BYTES_MAX = 107;

  private static final int ANSWER_BYTES_MAX = 64 << 20;

  /// @throws BalancerException `RENDER` when there can be no such socket
  AdminSocket {
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
      throw new BalancerException(
          BalancerException.Step.RENDER,
          "expected a socket's path of at most "
              + PATH_BYTES_MAX
              + " bytes, found "
              + path
              + "; name a shorter one with socket");
    }
  }

  /// Blocks until the answer has come.
  ///
  /// @return without white space at its end
  /// @throws BalancerException `UNREACHABLE`
  String ask(String command) {
    try {
      return exchange(command);
    } catch (IOException e) {
      throw new BalancerException(
          BalancerException.Step.UNREACHABLE,
          "expected haproxy to answer '" + command + "' at " + path + ", found: " + e.getMessage(),
          e);
    }
  }

  private String exchange(String command) throws IOException {
    long deadline = System.nanoTime() + within.toNanos();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
      ByteBuffer out = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
      ByteBuffer in = ByteBuffer.allocate(1 << 16);
      while (true) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) throw new IOException("no answer within " + within.toMillis() + " ms");
        selector.select(millis);
        if (Thread.currentThread().isInterrupted()) throw new IOException("interrupted");
        if (out.hasRemaining()) {
          channel.write(out);
          if (out.hasRemaining()) continue;
          // The master keeps a connection open for more commands unless it is told that none come.
          channel.shutdownOutput();
          key.interestOps(SelectionKey.OP_READ);
        }
        int read = channel.read(in.clear());
        if (read < 0) return answer.toString(StandardCharsets.UTF_8).stripTrailing();
        answer.write(in.array(), 0, in.position());
        if (answer.size() > ANSWER_BYTES_MAX) throw new IOException("an answer without an end");
      }
    }
  }
}
