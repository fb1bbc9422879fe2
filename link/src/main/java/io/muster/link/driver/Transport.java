package io.muster.link.driver;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/// What carries bytes: epoll where the platform has it, else NIO. Other transports (ws, sctp) join
/// here.
public record Transport(
    IoEventLoopGroup group,
    Class<? extends ServerSocketChannel> server,
    Class<? extends SocketChannel> client) {
  /// Runs `task` on an I/O thread unless that has ended, as it does when this member stops while
  /// others still ask; then nothing is left to be done on it.
  ///
  /// @return false when the thread has ended: the task was dropped
  static boolean run(Executor ioThread, Runnable task) {
    try {
      ioThread.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  public static Transport tcp(int threads, String name) {
    var factory = Thread.ofPlatform().name(name + "-", 0).daemon(true).factory();
    return Epoll.isAvailable()
        ? new Transport(
            new MultiThreadIoEventLoopGroup(threads, factory, EpollIoHandler.newFactory()),
            EpollServerSocketChannel.class,
            EpollSocketChannel.class)
        : new Transport(
            new MultiThreadIoEventLoopGroup(threads, factory, NioIoHandler.newFactory()),
            NioServerSocketChannel.class,
            NioSocketChannel.class);
  }
}
