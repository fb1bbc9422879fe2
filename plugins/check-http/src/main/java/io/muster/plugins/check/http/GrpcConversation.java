package io.muster.plugins.check.http;

import io.muster.plugins.check.net.Conversation;
import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One call of `grpc.health.v1.Health/Check`: two small messages of protobuf, written and read by
/// hand (`HealthCheckRequest { string service = 1 }`, `HealthCheckResponse { ServingStatus status =
/// 1 }`), in frames of HTTP/2.
final class GrpcConversation extends Conversation {
  /// An answer is 7 bytes.
  private static final int ANSWER_MAX = 1024;

  private static final int PREFIX = 5;
  private static final int NOT_FOUND = 5;
  private static final int UNIMPLEMENTED = 12;

  private final GrpcSetup setup;
  private final Endpoint to;
  private final Bytes answer = new Bytes(ANSWER_MAX);

  GrpcConversation(GrpcSetup setup, Endpoint to) {
    this.setup = setup;
    this.to = to;
  }

  @Override
  protected void prepare(ChannelPipeline pipeline) {
    pipeline.addLast(
        Http2FrameCodecBuilder.forClient().build(),
        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
  }

  @Override
  protected void begin(ChannelHandlerContext ctx) {
    new Http2StreamChannelBootstrap(ctx.channel())
        .handler(new Stream(ctx))
        .open()
        .addListener(
            opened -> {
              if (opened.isSuccess()) ask((Channel) opened.getNow());
              else exceptionCaught(ctx, opened.cause());
            });
  }

  private void ask(Channel stream) {
    Http2Headers headers =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme(setup.secure(to) ? "https" : "http")
            .authority(setup.authority(to))
            .path("/grpc.health.v1.Health/Check")
            .set("te", "trailers")
            .set("content-type", "application/grpc")
            .set("user-agent", "muster");
    stream.write(new DefaultHttp2HeadersFrame(headers));
    stream.writeAndFlush(new DefaultHttp2DataFrame(bytes(request()), true));
  }

  private byte[] request() {
    byte[] name = setup.service().getBytes(StandardCharsets.UTF_8);
    boolean wide = name.length > 127;
    int message = name.length == 0 ? 0 : name.length + (wide ? 3 : 2);
    byte[] all = new byte[PREFIX + message];
    all[3] = (byte) (message >> 8);
    all[4] = (byte) message;
    if (message == 0) return all;
    int i = PREFIX;
    all[i++] = 0x0a;
    if (wide) all[i++] = (byte) (name.length | 0x80);
    all[i++] = (byte) (wide ? name.length >> 7 : name.length);
    System.arraycopy(name, 0, all, i, name.length);
    return all;
  }

  /// Hands on what comes on the one stream.
  private final class Stream extends ChannelInboundHandlerAdapter {
    private final ChannelHandlerContext connection;

    Stream(ChannelHandlerContext connection) {
      this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      GrpcConversation.this.channelRead(connection, message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Http2ResetFrame) {
        GrpcConversation.this.channelRead(connection, event);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
      GrpcConversation.this.exceptionCaught(connection, e);
    }
  }

  @Override
  protected void read(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case Http2HeadersFrame headers -> headers(ctx, headers);
      case Http2DataFrame data -> {
        answer.add(data.content());
        if (answer.cut()) end(ctx, Finding.critical("The answer is too long for a health check"));
        else if (data.isEndStream()) end(ctx, Finding.critical("No gRPC: no status at the end"));
      }
      case Http2ResetFrame reset ->
          end(ctx, Finding.critical("gRPC: stream reset with code " + reset.errorCode()));
      case Http2GoAwayFrame away ->
          end(ctx, Finding.critical("gRPC: sent away with code " + away.errorCode()));
      default -> {}
    }
  }

  private void headers(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
    CharSequence http = frame.headers().status();
    if (http != null && !"200".contentEquals(http)) {
      end(ctx, Finding.critical("HTTP " + http + ", expected 200"));
      return;
    }
    if (!frame.isEndStream()) return;
    CharSequence status = frame.headers().get("grpc-status");
    end(
        ctx,
        status == null
            ? Finding.critical("No gRPC: no status at the end")
            : judge(status.toString(), frame.headers().get("grpc-message")));
  }

  private Finding judge(String status, @Nullable CharSequence message) {
    if (!status.equals("0")) {
      String said = message == null ? "" : ": " + Bytes.excerpt(message.toString());
      String service = setup.service().isEmpty() ? "the server" : setup.service();
      return Finding.critical(
          switch (status) {
            case "" + NOT_FOUND -> "gRPC: nothing known of " + service + " (NOT_FOUND)";
            case "" + UNIMPLEMENTED -> "gRPC: no health service (UNIMPLEMENTED)";
            default -> "gRPC status " + status + said;
          });
    }
    byte[] all = answer.all();
    if (all.length < PREFIX || all[0] != 0) {
      return Finding.critical("gRPC: an answer that is no health");
    }
    // A status of 0 is not written at all.
    int serving = 0;
    if (all.length >= PREFIX + 2 && all[PREFIX] == 0x08) serving = all[PREFIX + 1];
    return switch (serving) {
      case 1 -> Finding.PASSED;
      case 2 -> Finding.critical("NOT_SERVING");
      case 3 -> Finding.critical("SERVICE_UNKNOWN");
      default -> Finding.critical("UNKNOWN");
    };
  }
}
