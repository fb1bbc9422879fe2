package io.muster.bench.driver;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Answers every request with `200` on some ports of the loopback interface, on one thread whose
/// CPU can be told from that of the rest of the process.
final class Responder implements AutoCloseable {
  private static final ByteBuf ANSWER =
      Unpooled.unreleasableBuffer(
          Unpooled.copiedBuffer(
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
              StandardCharsets.US_ASCII));

  private final AtomicLong thread = new AtomicLong();
  private final LongAdder answered = new LongAdder();
  private final MultiThreadIoEventLoopGroup group;
  private final List<Integer> ports = new ArrayList<>();

  /// @param sockets how many ports it listens on
  Responder(int sockets) {
    boolean epoll = Epoll.isAvailable();
    ThreadFactory named =
        task ->
            Thread.ofPlatform()
                .name("bench-responder")
                .daemon(true)
                .unstarted(
                    () -> {
                      thread.set(Thread.currentThread().threadId());
                      task.run();
                    });
    group =
        new MultiThreadIoEventLoopGroup(
            1, named, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    ServerBootstrap server =
        new ServerBootstrap()
            .group(group)
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Answer());
                  }
                });
    for (int i = 0; i < sockets; i++) {
      Channel c =
          server
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .syncUninterruptibly()
              .channel();
      ports.add(((InetSocketAddress) c.localAddress()).getPort());
    }
  }

  private final class Answer extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      answered.increment();
      ctx.writeAndFlush(ANSWER.duplicate()).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
      ctx.close();
    }
  }

  int port(int i) {
    return ports.get(i % ports.size());
  }

  long answered() {
    return answered.sum();
  }

  /// CPU of its thread since it started.
  double cpuSeconds() {
    return Math.max(0, ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.get())) / 1e9;
  }

  @Override
  public void close() {
    group.shutdownGracefully().awaitUninterruptibly();
  }
}
