package io.muster.plugins.check.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.CheckContract;
import io.muster.contract.MapSettings;
import io.muster.contract.ProbeContext;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.HandshakeComplete;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class WebSocketCheckTest extends CheckContract {
  /// Says hello with the host asked for, then echoes; to `three` it says three messages.
  private static final NettyServer SERVER =
      new NettyServer(
          new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
              channel
                  .pipeline()
                  .addLast(
                      new HttpServerCodec(),
                      new HttpObjectAggregator(4096),
                      new WebSocketServerProtocolHandler("/ws"),
                      new Talk(),
                      new NotFound());
            }
          });

  private static final class Talk extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof HandshakeComplete done) {
        String host = done.requestHeaders().get("host");
        say(ctx, "{\"hello\":\"" + host + "\"}");
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame frame) {
      if (frame.text().equals("three")) {
        for (int i = 1; i <= 3; i++) say(ctx, "{\"n\":" + i + "}");
      } else {
        say(ctx, frame.text());
      }
    }

    private static void say(ChannelHandlerContext ctx, String text) {
      ctx.writeAndFlush(new TextWebSocketFrame(text));
    }
  }

  private static final class NotFound extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      var answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND);
      ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @AfterAll
  static void end() {
    SERVER.close();
  }

  @Override
  protected CheckProvider provider() {
    return new WebSocketProvider();
  }

  @Override
  protected Endpoint well() {
    return new Endpoint.Net("tcp", "127.0.0.1", SERVER.port());
  }

  @Override
  protected Map<String, String> keys() {
    return Map.of(
        "url",
        "ws://some.name.test/ws",
        "flow",
        "[{\"type\":\"expect_json\",\"match\":[[\"hello\",\"eq\",\"some.name.test\"]]},"
            + "{\"type\":\"send_json\",\"body\":{\"a\":[1]}},"
            + "{\"type\":\"expect_json\",\"match\":[[\"a.0\",\"eq\",1],[\"a\"]]}]");
  }

  private Finding ask(String flow) {
    Map<String, String> keys = Map.of("url", "ws://x.test/ws", "flow", flow);
    try (Check check = provider().read(new MapSettings(keys)).open(new ProbeContext("c"))) {
      return found(check.probe(probe(well())));
    }
  }

  private static String expect(String match, boolean skip) {
    return "{\"type\":\"expect_json\",\"skip_forward\":" + skip + ",\"match\":[" + match + "]}";
  }

  private static final String SEND_THREE = "{\"type\":\"send\",\"body\":\"three\"}";

  @Test
  void valuesAreReallyCompared() {
    assertThat(ask("[" + expect("[\"hello\",\"eq\",\"other\"]", false) + "]").message())
        .isEqualTo("Step 1: expected hello eq \"other\", found: \"x.test\"");
  }

  @Test
  void messagesArePassedOverOnlyWhereThatIsAllowed() {
    String second = expect("[\"n\",\"eq\",2]", true);
    assertThat(ask("[" + SEND_THREE + "," + second + "]")).isEqualTo(Finding.PASSED);
    assertThat(ask("[" + SEND_THREE + "," + expect("[\"n\",\"eq\",2]", false) + "]").message())
        .startsWith("Step 2: expected n eq 2, found: nothing");
  }

  @Test
  void aMessageIsConsumedByOneStep() {
    String any = expect("[\"n\",\"eq\",2]", true);
    String third = expect("[\"n\",\"eq\",3]", false);
    assertThat(ask("[" + SEND_THREE + "," + any + "," + third + "]")).isEqualTo(Finding.PASSED);
    assertThat(
            ask("[" + SEND_THREE + "," + any + "," + expect("[\"n\",\"eq\",2]", false) + "]")
                .message())
        .isEqualTo("Step 3: expected n eq 2, found: 3");
  }

  @Test
  void anAnswerThatIsNoWebSocketIsSaidSo() {
    try (Check check =
        provider()
            .read(new MapSettings(Map.of("url", "ws://x.test/other")))
            .open(new ProbeContext("c"))) {
      assertThat(found(check.probe(probe(well()))).message()).isEqualTo("HTTP 404, expected 101");
    }
  }

  @Test
  void itHasItsOldNameToo() {
    assertThat(new HttpWebSocketProvider().name()).isEqualTo("http-websocket");
  }

  @Test
  void wrongKeysAreNamed() {
    assertThatThrownBy(() -> provider().read(new MapSettings(Map.of())))
        .hasMessageContaining("url");
    assertThatThrownBy(() -> provider().read(new MapSettings(Map.of("url", "http://x/"))))
        .hasMessageContaining("url");
    assertThatThrownBy(() -> ask("{}")).hasMessageContaining("flow");
    assertThatThrownBy(() -> ask("[{\"type\":\"wait\"}]")).hasMessageContaining("flow[0].type");
    assertThatThrownBy(() -> ask("[{\"type\":\"send\"}]")).hasMessageContaining("flow[0].body");
    assertThatThrownBy(() -> ask("[{\"type\":\"expect_json\",\"match\":[[\"a\",\"is\",1]]}]"))
        .hasMessageContaining("flow[0].match[0]");
    assertThatThrownBy(() -> ask("[{\"type\":\"send\",\"body\":\"a\",\"skip\":true}]"))
        .hasMessageContaining("flow[0].skip");
  }
}
