package io.muster.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// A small server of the happn protocol that misbehaves on purpose: what it does wrong, the
/// generator must find. One event loop.
final class LyingServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// What goes wrong.
  enum Lie {
    NONE,
    /// Every tenth event is not sent.
    LOSE,
    /// Every tenth event is sent again.
    REPEAT,
    /// Every tenth event is sent after the one behind it.
    SWAP,
    /// The twentieth event is not sent: the connection is closed.
    HANG_UP,
    /// Writes are answered and forgotten.
    FORGET,
    /// The twentieth write is answered with an error.
    REFUSE,
    /// Every tenth answer to a write is sent again.
    ANSWER_TWICE
  }

  private final Lie lie;
  private final String password;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;
  private final Map<String, List<ChannelHandlerContext>> subscribers = new HashMap<>();
  private final Map<String, String> records = new TreeMap<>();
  private final Map<ChannelHandlerContext, String> held = new HashMap<>();
  final AtomicInteger removals = new AtomicInteger();
  final AtomicInteger logins = new AtomicInteger();
  private int events;
  private int writes;

  /// Events held back so long; a server that stalls.
  volatile int stallMillis;

  LyingServer(Lie lie, String password, SslContext tls) throws InterruptedException {
    this.lie = lie;
    this.password = password;
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    if (tls != null) ch.pipeline().addLast(tls.newHandler(ch.alloc()));
                    ch.pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(1 << 16),
                            new WebSocketServerProtocolHandler("/primus", null, false, 1 << 20),
                            new Elsewhere(),
                            new Session());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
  }

  URI url(String scheme) {
    return Target.url(
        scheme + "://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
  }

  int recordsLeft() {
    try {
      return loops.submit(records::size).get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Answers what is no WebSocket.
  private static final class Elsewhere extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest ask) {
      var answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND);
      answer.headers().set("Content-Length", 0);
      ctx.writeAndFlush(answer);
    }
  }

  private final class Session extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame frame) {
      String text = frame.text();
      if (text.startsWith("\"primus::pong::")) return;
      JsonNode r = JSON.readTree(text);
      String path = r.path("path").asString("");
      switch (r.path("action").asString("")) {
        case "describe" -> say(ctx, r, "{\"secure\":" + (password != null) + "}", "ok", "");
        case "login" -> {
          say(ctx, "\"primus::ping::1\"");
          boolean right =
              password == null || password.equals(r.path("data").path("password").asString(null));
          if (right) logins.incrementAndGet();
          if (right) say(ctx, r, "{\"id\":\"s-1\"}", "ok", "");
          else {
            String error = ",\"error\":{\"message\":\"Invalid credentials\",\"code\":401}";
            say(ctx, r, "null", "error", error);
          }
        }
        case "on" -> {
          subscribers
              .computeIfAbsent(path.substring("/ALL@".length()), _ -> new ArrayList<>())
              .add(ctx);
          say(ctx, r, "{}", "ok", "");
        }
        case "set" -> set(ctx, r, path);
        case "get" -> {
          if (path.indexOf('*') < 0) say(ctx, r, records.getOrDefault(path, "null"), "ok", "");
          else list(ctx, r, path);
        }
        case "remove" -> {
          String prefix = path.substring(0, path.length() - 1);
          records.keySet().removeIf(k -> k.startsWith(prefix));
          removals.incrementAndGet();
          say(ctx, r, "{\"removed\":1}", "ok", "");
        }
        default -> say(ctx, r, "null", "ok", "");
      }
    }

    private void set(ChannelHandlerContext ctx, JsonNode r, String path) {
      String data = r.path("data").toString();
      writes++;
      if (lie == Lie.REFUSE && writes == 20) {
        say(ctx, r, "null", "error", ",\"error\":{\"message\":\"no\"}");
        return;
      }
      if (r.path("options").path("noStore").asBoolean(false)) publish(path, data);
      else if (lie != Lie.FORGET) records.put(path, data);
      say(ctx, r, null, "ok", "");
      if (lie == Lie.ANSWER_TWICE && writes % 10 == 0) say(ctx, r, null, "ok", "");
    }

    /// As far as the generator asks: a range of the text, or the last by it.
    private void list(ChannelHandlerContext ctx, JsonNode r, String path) {
      JsonNode range = r.path("options").path("criteria").path("m");
      int limit = r.path("options").path("options").path("limit").asInt(Integer.MAX_VALUE);
      StringBuilder all = new StringBuilder("[");
      records.entrySet().stream()
          .filter(e -> Pattern.matches(path.replace("*", ".*"), e.getKey()))
          .filter(
              e -> {
                String m = JSON.readTree(e.getValue()).path("m").asString("").substring(0, 8);
                return range.isMissingNode()
                    || (m.compareTo(range.path("$gte").asString("")) >= 0
                        && m.compareTo(range.path("$lt").asString("")) < 0);
              })
          .limit(limit)
          .forEach(
              e -> {
                String data = e.getValue();
                all.append(data, 0, data.length() - 1).append(",\"_meta\":{\"path\":\"x\"}},");
              });
      all.append("{\"type\":\"response\",\"status\":\"ok\",\"eventId\":");
      say(ctx, all.append(r.path("eventId").asLong(0)).append("}]").toString());
    }

    private void publish(String path, String data) {
      String event = "{\"data\":" + data + ",\"_meta\":{\"type\":\"data\"}}";
      for (ChannelHandlerContext s : subscribers.getOrDefault(path, List.of())) {
        events++;
        boolean tenth = events % 10 == 0;
        if (lie == Lie.LOSE && tenth) continue;
        if (lie == Lie.HANG_UP && events == 20) {
          s.close();
          continue;
        }
        if (lie == Lie.SWAP && tenth && held.putIfAbsent(s, event) == null) continue;
        if (stallMillis > 0) {
          s.executor().schedule(() -> say(s, event), stallMillis, TimeUnit.MILLISECONDS);
          continue;
        }
        if (events % 7 == 0) fragments(s, event);
        else say(s, event);
        String before = held.remove(s);
        if (before != null) say(s, before);
        if (lie == Lie.REPEAT && tenth) say(s, event);
      }
    }

    /// As a proxy might cut it.
    private void fragments(ChannelHandlerContext ctx, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      ctx.write(new TextWebSocketFrame(false, 0, Unpooled.wrappedBuffer(bytes, 0, 20)));
      ctx.writeAndFlush(
          new ContinuationWebSocketFrame(
              true, 0, Unpooled.wrappedBuffer(bytes, 20, bytes.length - 20)));
    }

    private void say(
        ChannelHandlerContext ctx, JsonNode r, String data, String status, String more) {
      say(
          ctx,
          "{"
              + (data == null ? "" : "\"data\":" + data + ",")
              + "\"_meta\":{\"type\":\"response\",\"status\":\""
              + status
              + "\",\"eventId\":"
              + r.path("eventId").asLong(0)
              + more
              + "}}");
    }

    private void say(ChannelHandlerContext ctx, String text) {
      ctx.writeAndFlush(new TextWebSocketFrame(text));
    }
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }
}
