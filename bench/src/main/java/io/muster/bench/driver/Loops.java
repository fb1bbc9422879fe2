package io.muster.bench.driver;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The generator's event loops: epoll where the platform has it, since its timers are fine enough
/// to keep a rate, else NIO.
final class Loops implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5000;
  private final MultiThreadIoEventLoopGroup group;
  private final Class<? extends SocketChannel> channel;
  private final List<Loop> all = new ArrayList<>();

  /// One event loop and what its connections share; touched on it only.
  static final class Loop {
    final EventLoop events;
    private byte[] scratch = new byte[4096];

    Loop(EventLoop events) {
      this.events = events;
    }

    /// Room for a frame; valid until the next call.
    byte[] scratch(int length) {
      if (scratch.length < length) scratch = new byte[Math.max(length, scratch.length * 2)];
      return scratch;
    }
  }

  Loops(int threads) {
    boolean epoll = Epoll.isAvailable();
    group =
        new MultiThreadIoEventLoopGroup(
            threads,
            Thread.ofPlatform().name("bench-", 0).daemon(true).factory(),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    channel = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    for (EventExecutor e : group) all.add(new Loop((EventLoop) e));
  }

  Loop get(int i) {
    return all.get(i);
  }

  Bootstrap bootstrap(Loop loop) {
    return new Bootstrap()
        .group(loop.events)
        .channel(channel)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 1 << 18))
        .option(
            ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(256 << 10, 1 << 20));
  }

  /// Ends the loops and all connections; what they wrote can be read by the caller afterwards.
  @Override
  public void close() {
    group.shutdownGracefully(0, 5000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }
}
