package io.muster.plugins.check.net;

import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Connects conversations. Each open check has one, and closes it. Safe on any thread.
public final class Dialer implements AutoCloseable {
  private final Network network = Network.acquire();
  private volatile boolean closed;

  /// Connects, and lets a conversation have the connection. Of a name with several addresses the
  /// next one is tried where one cannot be connected to.
  ///
  /// @param tls null for none
  /// @return the conversation's answer; cancelling it ends everything
  public CompletableFuture<Finding> dial(
      Endpoint to, @Nullable TlsDialog tls, Conversation conversation) {
    CompletableFuture<Finding> answer = conversation.answer();
    try {
      network.loop().execute(() -> guarded(conversation, () -> open(to, tls, conversation)));
    } catch (RejectedExecutionException e) {
      answer.complete(Finding.unknown("This member is stopping"));
    }
    return answer;
  }

  /// Whatever goes wrong is an answer: the loop would only log it, and the probe time out.
  private static void guarded(Conversation conversation, Runnable step) {
    if (conversation.answer().isDone()) return;
    try {
      step.run();
    } catch (RuntimeException | LinkageError e) {
      conversation.answer().complete(Failures.finding(e));
    }
  }

  private void open(Endpoint to, @Nullable TlsDialog tls, Conversation conversation) {
    switch (to) {
      case Endpoint.Unix unix ->
          connect(
              network.unix(), List.of(network.unixAddress(unix.path())), 0, tls, to, conversation);
      case Endpoint.Net net -> {
        CompletableFuture<List<InetAddress>> found = network.names().find(net.host());
        if (found.isDone() && !found.isCompletedExceptionally()) {
          connect(network.net(), sockets(found.join(), net.port()), 0, tls, to, conversation);
          return;
        }
        found.whenComplete(
            (addresses, e) -> {
              if (e != null) conversation.answer().complete(Failures.finding(e));
              else later(addresses, net, tls, conversation);
            });
      }
    }
  }

  private void later(
      List<InetAddress> addresses,
      Endpoint.Net net,
      @Nullable TlsDialog tls,
      Conversation conversation) {
    try {
      network
          .loop()
          .execute(
              () ->
                  guarded(
                      conversation,
                      () ->
                          connect(
                              network.net(),
                              sockets(addresses, net.port()),
                              0,
                              tls,
                              net,
                              conversation)));
    } catch (RejectedExecutionException e) {
      conversation.answer().complete(Finding.unknown("This member is stopping"));
    }
  }

  private static List<SocketAddress> sockets(List<InetAddress> addresses, int port) {
    if (addresses.size() == 1) return List.of(new InetSocketAddress(addresses.getFirst(), port));
    return addresses.stream().<SocketAddress>map(a -> new InetSocketAddress(a, port)).toList();
  }

  private void connect(
      Bootstrap bootstrap,
      List<SocketAddress> addresses,
      int at,
      @Nullable TlsDialog tls,
      Endpoint to,
      Conversation conversation) {
    ChannelHandler first = tls == null ? null : tls.handler(to);
    ChannelFuture connecting =
        bootstrap.clone().handler(new Setup(first, conversation)).connect(addresses.get(at));
    Channel channel = connecting.channel();
    CompletableFuture<Finding> answer = conversation.answer();
    answer.whenComplete(
        (_, _) -> {
          if (answer.isCancelled()) channel.close();
        });
    connecting.addListener(
        done -> {
          if (done.isSuccess() || answer.isDone()) return;
          if (at + 1 < addresses.size()) {
            connect(bootstrap, addresses, at + 1, tls, to, conversation);
          } else {
            answer.complete(Failures.finding(done.cause()));
          }
        });
  }

  /// Puts the handlers in when the channel is registered, for each address that is tried.
  private static final class Setup extends ChannelInitializer<Channel> {
    private final @Nullable ChannelHandler tls;
    private final Conversation conversation;

    Setup(@Nullable ChannelHandler tls, Conversation conversation) {
      this.tls = tls;
      this.conversation = conversation;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (tls instanceof SslHandler) {
        conversation.expectTls();
        channel.pipeline().addLast(tls);
      }
      conversation.prepare(channel.pipeline());
      channel.pipeline().addLast(conversation);
    }
  }

  /// Connections that are still there are ended by their own probes.
  @Override
  public void close() {
    if (closed) return;
    closed = true;
    Network.release();
  }
}
