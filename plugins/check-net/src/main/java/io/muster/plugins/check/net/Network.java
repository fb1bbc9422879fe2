package io.muster.plugins.check.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The event loop that all checks of this process share. It is there as long as somebody holds it.
final class Network {
  private static final Object LOCK = new Object();
  private static @Nullable Network shared;
  private static int holders;

  private final boolean epoll = Epoll.isAvailable();
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1,
          Thread.ofPlatform().name("muster-checks-", 0).daemon(true).factory(),
          epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Bootstrap net =
      options(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
          .option(ChannelOption.TCP_NODELAY, true);
  private final Bootstrap unix =
      options(epoll ? EpollDomainSocketChannel.class : NioDomainSocketChannel.class);
  private final Names names = new Names();

  /// To be given back with [#release].
  static Network acquire() {
    synchronized (LOCK) {
      if (shared == null) shared = new Network();
      holders++;
      return shared;
    }
  }

  static void release() {
    synchronized (LOCK) {
      if (--holders > 0 || shared == null) return;
      shared.group.shutdownGracefully(0, 1000, TimeUnit.MILLISECONDS);
      shared.names.close();
      shared = null;
    }
  }

  /// Nothing is timed here: whoever asks gives up by itself.
  private Bootstrap options(Class<? extends Channel> channel) {
    return new Bootstrap()
        .group(loop)
        .channel(channel)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 65_536));
  }

  EventLoop loop() {
    return loop;
  }

  Names names() {
    return names;
  }

  /// To be used with a handler of its own.
  Bootstrap net() {
    return net;
  }

  Bootstrap unix() {
    return unix;
  }

  SocketAddress unixAddress(String path) {
    return epoll ? new DomainSocketAddress(path) : UnixDomainSocketAddress.of(path);
  }
}
