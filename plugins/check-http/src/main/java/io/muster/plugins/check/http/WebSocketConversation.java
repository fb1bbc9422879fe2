package io.muster.plugins.check.http;

import io.muster.plugins.check.net.Conversation;
import io.muster.spi.check.Finding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.util.Optional;

/// A dialogue, step by step. Sending takes no time, so the step it stands at is one that waits;
/// each message that comes is consumed by that one step, and none is ever queued.
final class WebSocketConversation extends Conversation {
  private static final int ANSWER_MAX = 16_384;

  private final WebSocketSetup setup;
  private final WebSocketClientHandshaker handshaker;
  private int at;

  WebSocketConversation(WebSocketSetup setup) {
    this.setup = setup;
    HttpHeaders headers = new DefaultHttpHeaders();
    setup.headers().forEach(headers::add);
    handshaker =
        WebSocketClientHandshakerFactory.newHandshaker(
            setup.url(),
            WebSocketVersion.V13,
            setup.subprotocol().orElse(null),
            false,
            headers,
            setup.messageMax());
  }

  @Override
  protected void prepare(ChannelPipeline pipeline) {
    pipeline.addLast(new HttpClientCodec(), new HttpObjectAggregator(ANSWER_MAX));
  }

  @Override
  protected void begin(ChannelHandlerContext ctx) {
    handshaker.handshake(ctx.channel());
  }

  @Override
  protected void read(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case FullHttpResponse response when !handshaker.isHandshakeComplete() ->
          greeted(ctx, response);
      case TextWebSocketFrame text -> said(ctx, text.content());
      case BinaryWebSocketFrame binary -> said(ctx, binary.content());
      case PingWebSocketFrame ping ->
          ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame close -> {
        String why = close.reasonText() == null ? "" : " " + Bytes.excerpt(close.reasonText());
        end(ctx, Finding.critical(here() + "closed with " + close.statusCode() + why));
      }
      default -> {}
    }
  }

  private void greeted(ChannelHandlerContext ctx, FullHttpResponse response) {
    int code = response.status().code();
    if (response.decoderResult().isFailure() || code != 101) {
      String what =
          response.decoderResult().isFailure()
              ? "The answer is no HTTP"
              : "HTTP " + code + ", expected 101";
      end(ctx, Finding.critical(what));
      return;
    }
    try {
      handshaker.finishHandshake(ctx.channel(), response);
    } catch (WebSocketHandshakeException e) {
      end(ctx, Finding.critical("No WebSocket: " + e.getMessage()));
      return;
    }
    ctx.pipeline()
        .addBefore(ctx.name(), "messages", new WebSocketFrameAggregator(setup.messageMax()));
    proceed(ctx);
  }

  /// Does all steps that need not wait.
  private void proceed(ChannelHandlerContext ctx) {
    while (at < setup.flow().size() && setup.flow().get(at) instanceof Step.Send send) {
      ctx.write(new TextWebSocketFrame(send.text()));
      at++;
    }
    if (at < setup.flow().size()) {
      ctx.flush();
      return;
    }
    endAfter(ctx, new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE), Finding.PASSED);
  }

  private void said(ChannelHandlerContext ctx, ByteBuf message) {
    if (!(setup.flow().get(at) instanceof Step.Expect expect)) return;
    Optional<String> problem = expect.match().problem(ByteBufUtil.getBytes(message));
    if (problem.isEmpty()) {
      at++;
      proceed(ctx);
    } else if (!expect.skip()) {
      end(ctx, Finding.critical(here() + problem.get()));
    }
  }

  private String here() {
    if (!handshaker.isHandshakeComplete() || setup.flow().isEmpty()) return "";
    return "Step " + (Math.min(at, setup.flow().size() - 1) + 1) + ": ";
  }

  @Override
  protected Finding closed() {
    return Finding.critical(here() + "Connection closed before an answer");
  }
}
