package io.muster.plugins.check.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.contract.CheckContract;
import io.muster.contract.MapSettings;
import io.muster.contract.ProbeContext;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class GrpcCheckTest extends CheckContract {
  private static final NettyServer SERVER =
      new NettyServer(
          new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
              channel
                  .pipeline()
                  .addLast(
                      Http2FrameCodecBuilder.forServer().build(),
                      new Http2MultiplexHandler(
                          new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel stream) {
                              stream.pipeline().addLast(new Health());
                            }
                          }));
            }
          });

  /// Answers by the name of the service: a number is a serving status, `e` and a number an error.
  private static final class Health extends ChannelInboundHandlerAdapter {
    private String path = "";

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      try {
        if (message instanceof Http2HeadersFrame h) path = h.headers().path().toString();
        if (message instanceof Http2DataFrame d && d.isEndStream()) {
          byte[] bytes = ByteBufUtil.getBytes(d.content());
          String service =
              bytes.length <= 7
                  ? ""
                  : new String(bytes, 7, bytes.length - 7, StandardCharsets.UTF_8);
          answer(ctx, path.equals("/grpc.health.v1.Health/Check") ? service : "e12");
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private static void answer(ChannelHandlerContext ctx, String service) {
      var head = new DefaultHttp2Headers().status("200").set("content-type", "application/grpc");
      if (service.startsWith("e")) {
        head.set("grpc-status", service.substring(1)).set("grpc-message", "so it is");
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(head, true));
        return;
      }
      byte status = service.isEmpty() ? 1 : Byte.parseByte(service);
      byte[] body = status == 0 ? new byte[5] : new byte[] {0, 0, 0, 0, 2, 8, status};
      ctx.write(new DefaultHttp2HeadersFrame(head));
      ctx.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body)));
      var tail = new DefaultHttp2Headers().set("grpc-status", "0");
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(tail, true));
    }
  }

  @AfterAll
  static void end() {
    SERVER.close();
  }

  @Override
  protected CheckProvider provider() {
    return new GrpcProvider();
  }

  @Override
  protected Endpoint well() {
    return new Endpoint.Net("tcp", "127.0.0.1", SERVER.port());
  }

  private Finding ask(String service) {
    try (Check check =
        provider().read(new MapSettings(Map.of("service", service))).open(new ProbeContext("c"))) {
      return found(check.probe(probe(well())));
    }
  }

  @Test
  void theStatusDecides() {
    assertThat(ask("1")).isEqualTo(Finding.PASSED);
    assertThat(ask("2").message()).isEqualTo("NOT_SERVING");
    assertThat(ask("3").message()).isEqualTo("SERVICE_UNKNOWN");
    assertThat(ask("0").message()).isEqualTo("UNKNOWN");
  }

  @Test
  void errorsAreSaid() {
    assertThat(ask("e5").message()).isEqualTo("gRPC: nothing known of e5 (NOT_FOUND)");
    assertThat(ask("e12").message()).isEqualTo("gRPC: no health service (UNIMPLEMENTED)");
    assertThat(ask("e14").message()).isEqualTo("gRPC status 14: so it is");
  }
}
