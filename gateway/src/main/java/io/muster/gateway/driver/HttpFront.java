package io.muster.gateway.driver;

import io.muster.gateway.ClientProtocol;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.gateway.core.Cors;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// HTTP on a client port: upgrades to WebSocket, or asks the protocols for an answer.
///
/// Requests of one connection are taken one after another: a client that pipelines gets its answers
/// in the order of its requests (RFC 9112, 9.3.2), though a protocol may answer late and on another
/// thread. Meanwhile nothing more is read, so what waits is bounded by one read.
final class HttpFront extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger log = LoggerFactory.getLogger(HttpFront.class);
  private static final String TEXT = "text/plain; charset=utf-8";

  /// What of an upgrade request a protocol may ask for.
  private static final List<String> KEPT_HEADERS =
      List.of("cookie", "authorization", "user-agent", "x-forwarded-for", "x-forwarded-proto");

  private static final String HSTS = "max-age=15552000; includeSubDomains";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private final NettyLane lane;
  private final GatewaySettings settings;
  private final List<ClientProtocol> protocols;
  private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>(0);
  private final Manners manners;
  private boolean answering;

  /// What all answers on a connection have in common.
  ///
  /// @param hsts whether each tells browsers to come over TLS only
  /// @param welcome whether there are any but the one that its address has too many connections
  record Manners(Cors cors, boolean hsts, boolean welcome) {}

  HttpFront(
      NettyLane lane, GatewaySettings settings, List<ClientProtocol> protocols, Manners manners) {
    this.lane = lane;
    this.settings = settings;
    this.protocols = protocols;
    this.manners = manners;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (answering) waiting.add(request.retain());
    else take(ctx, request);
  }

  private void take(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (!request.decoderResult().isSuccess()) {
      answer(ctx, request, malformed(request.decoderResult().cause()));
      return;
    }
    if (!manners.welcome) {
      answer(ctx, request, tooMany());
      return;
    }
    QueryStringDecoder target = new QueryStringDecoder(request.uri());
    String path;
    Map<String, List<String>> query;
    try {
      path = target.path();
      query = target.parameters();
    } catch (IllegalArgumentException e) {
      answer(ctx, request, HttpAnswer.text(400, "malformed request target\n"));
      return;
    }
    Map<String, String> headers = new HashMap<>();
    for (Map.Entry<String, String> h : request.headers()) {
      headers.put(h.getKey().toLowerCase(Locale.ROOT), h.getValue());
    }
    if ("websocket".equalsIgnoreCase(headers.get("upgrade"))) {
      upgrade(ctx, request, path, headers);
      return;
    }
    if (ask(request, "access-control-request-method")) {
      Map<String, String> allowed = manners.cors.preflight(headers.get("origin"));
      if (allowed != null) {
        answer(ctx, request, new HttpAnswer(204, TEXT, new byte[0], allowed));
        return;
      }
    }
    boolean tls = ctx.pipeline().get(SslHandler.class) != null;
    HttpAsk ask =
        new HttpAsk(
            request.method().name(),
            path,
            query,
            headers,
            ByteBufUtil.getBytes(request.content()),
            (InetSocketAddress) ctx.channel().remoteAddress(),
            tls);
    CompletableFuture<HttpAnswer> answer = ask(ask);
    if (answer == null) {
      answer(ctx, request, HttpAnswer.text(404, "nothing is served at " + path + "\n"));
      return;
    }
    CompletableFuture<HttpAnswer> sure = answer.exceptionally(e -> failed(ask, e));
    if (sure.isDone()) {
      answer(ctx, request, sure.join());
      return;
    }
    request.retain();
    answering = true;
    ctx.channel().config().setAutoRead(false);
    sure.thenAcceptAsync(
        a -> {
          answer(ctx, request, a);
          request.release();
          answered(ctx);
        },
        lane);
  }

  private @Nullable CompletableFuture<HttpAnswer> ask(HttpAsk ask) {
    for (ClientProtocol p : protocols) {
      try {
        CompletableFuture<HttpAnswer> answer = p.http(ask);
        if (answer != null) return answer;
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    for (ClientProtocol p : protocols) {
      try {
        CompletableFuture<HttpAnswer> answer = p.unclaimed(ask);
        if (answer != null) return answer;
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    return null;
  }

  /// Whether a browser asks before it sends.
  private static boolean ask(FullHttpRequest request, String header) {
    return request.method().equals(HttpMethod.OPTIONS) && request.headers().contains(header);
  }

  private HttpAnswer tooMany() {
    byte[] why =
        ("more than "
                + settings.limits().connectionsPerAddress()
                + " connections from your address\n")
            .getBytes(StandardCharsets.US_ASCII);
    return new HttpAnswer(429, TEXT, why, Map.of("Retry-After", "5"));
  }

  private static HttpAnswer failed(HttpAsk ask, Throwable e) {
    log.error("http_failed method={} path={} remote={}", ask.method(), ask.path(), ask.remote(), e);
    return HttpAnswer.text(500, "failed\n");
  }

  /// Goes on with what was pipelined behind the request just answered.
  private void answered(ChannelHandlerContext ctx) {
    answering = false;
    while (!answering && !waiting.isEmpty()) {
      FullHttpRequest next = waiting.remove();
      try {
        if (ctx.channel().isActive() && !ctx.isRemoved()) take(ctx, next);
      } finally {
        next.release();
      }
    }
    if (!answering) ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    for (FullHttpRequest r; (r = waiting.poll()) != null; ) r.release();
  }

  private static HttpAnswer malformed(@Nullable Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return HttpAnswer.text(414, "the request target is too long\n");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return HttpAnswer.text(431, "the request headers are too large\n");
    }
    return HttpAnswer.text(400, "malformed request\n");
  }

  private void answer(ChannelHandlerContext ctx, FullHttpRequest request, HttpAnswer a) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(a.status()),
            Unpooled.wrappedBuffer(a.body()));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, a.contentType());
    a.headers().forEach((k, v) -> response.headers().set(k, v));
    manners
        .cors
        .headers(request.headers().get(HttpHeaderNames.ORIGIN))
        .forEach((k, v) -> response.headers().set(k, v));
    if (manners.hsts) response.headers().set("Strict-Transport-Security", HSTS);
    // Of a 304 it would be taken for the length of what is not sent.
    if (a.status() != 304) {
      response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, a.body().length);
    }
    boolean keep =
        manners.welcome && HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    HttpUtil.setKeepAlive(response, keep);
    var written = ctx.writeAndFlush(response);
    if (!keep) written.addListener(ChannelFutureListener.CLOSE);
  }

  private @Nullable ClientProtocol protocol(String path) {
    for (ClientProtocol p : protocols) if (p.webSocket(path)) return p;
    return null;
  }

  private void upgrade(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      String path,
      Map<String, String> headers) {
    ClientProtocol protocol = protocol(path);
    String key = headers.get("sec-websocket-key");
    if (protocol == null) {
      answer(ctx, request, HttpAnswer.text(404, "no WebSocket is served at " + path + "\n"));
      return;
    }
    if (!"13".equals(headers.get("sec-websocket-version"))) {
      byte[] why = "expected WebSocket version 13\n".getBytes(StandardCharsets.US_ASCII);
      Map<String, String> known = Map.of("Sec-WebSocket-Version", "13");
      answer(ctx, request, new HttpAnswer(426, "text/plain; charset=utf-8", why, known));
      return;
    }
    if (!request.method().equals(HttpMethod.GET)
        || !upgrades(request)
        || key == null
        || !isNonce(key)) {
      answer(
          ctx,
          request,
          HttpAnswer.text(
              400,
              "expected a WebSocket upgrade: GET, Connection: Upgrade, and a Sec-WebSocket-Key of"
                  + " 16 bytes\n"));
      return;
    }
    if (lane.connections >= lane.connectionsMax) {
      answer(ctx, request, HttpAnswer.text(503, "too many connections\n"));
      return;
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
    response.headers().set(HttpHeaderNames.UPGRADE, "websocket");
    response.headers().set(HttpHeaderNames.CONNECTION, "Upgrade");
    response.headers().set("Sec-WebSocket-Accept", accept(key));
    ctx.writeAndFlush(response);
    // Lean from here on: one handler per connection, behind TLS if any.
    ctx.pipeline().remove("idle");
    ctx.pipeline().remove("aggregate");
    boolean tls = ctx.pipeline().get(SslHandler.class) != null;
    Map<String, String> few = new HashMap<>();
    for (String name : KEPT_HEADERS) {
      String value = headers.get(name);
      if (value != null) few.put(name, value);
    }
    ctx.pipeline()
        .addLast(
            new WebSocketConnection(
                lane, settings, protocol, request.uri(), few.isEmpty() ? Map.of() : few, tls));
    // The codec goes after its own turn, handing on what it has already read.
    ctx.pipeline().remove("http");
    ctx.pipeline().remove(this);
  }

  private static boolean upgrades(FullHttpRequest request) {
    return request.headers().containsValue(HttpHeaderNames.CONNECTION, "upgrade", true);
  }

  private static boolean isNonce(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String accept(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent) ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug(
        "http_connection_failed remote={} reason=\"{}\"",
        ctx.channel().remoteAddress(),
        cause.getMessage());
    ctx.close();
  }
}
