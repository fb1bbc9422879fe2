package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.kernel.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The HTTP side of a client port, over a socket.
class HttpFrontTest {
  private final NettyGateway gateway = new NettyGateway(EmbeddedClient.settings(1 << 20, 1 << 20));
  private final CompletableFuture<HttpAnswer> late = new CompletableFuture<>();
  private final int port;

  HttpFrontTest() {
    gateway.serve(new Protocol());
    port = gateway.open().getFirst();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  /// `/ping`, `/late` that answers when told to, `/broken`, `/where`; echoes on `/echo`.
  private final class Protocol implements ClientProtocol {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public boolean webSocket(String path) {
      return path.equals("/echo");
    }

    @Override
    public Session open(ClientConnection connection) {
      return new Session() {
        @Override
        public void text(byte[] payload) {
          connection.send(payload);
        }

        @Override
        public void binary(byte[] payload) {
          connection.send((connection.url() + " " + connection.headers()).getBytes());
        }

        @Override
        public void closed() {
          // Nothing is kept.
        }
      };
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> unclaimed(HttpAsk ask) {
      return ask.path().equals("/hidden")
          ? CompletableFuture.completedFuture(HttpAnswer.text(401, "who are you?"))
          : null;
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
      return switch (ask.path()) {
        case "/ping" -> CompletableFuture.completedFuture(HttpAnswer.text(200, "pong"));
        case "/late" -> late;
        case "/broken" -> throw new IllegalStateException("broken on purpose");
        case "/where" ->
            CompletableFuture.completedFuture(
                HttpAnswer.text(
                    200,
                    ask.method() + ask.query() + ask.headers().get("x-a") + ask.body().length));
        default -> null;
      };
    }
  }

  private RawSocket client() throws IOException {
    return new RawSocket(port);
  }

  @Test
  void pingIsAnsweredAndTheConnectionStays() throws Exception {
    try (RawSocket c = client()) {
      for (int i = 0; i < 3; i++) {
        RawSocket.Answer a = c.write("GET /ping HTTP/1.1\nHost: x\n\n").answer();

        assertThat(a.status()).isEqualTo(200);
        assertThat(a.body()).isEqualTo("pong");
      }
    }
  }

  @Test
  void aProtocolSeesMethodQueryHeadersAndBody() throws Exception {
    try (RawSocket c = client()) {
      RawSocket.Answer a =
          c.write("POST /where?q=1&q=%202 HTTP/1.1\nX-A: b\nContent-Length: 3\n\nabc").answer();

      assertThat(a.body()).isEqualTo("POST{q=[1,  2]}b3");
    }
  }

  @Test
  void whoAsksToCloseIsClosed() throws Exception {
    try (RawSocket c = client()) {
      assertThat(c.write("GET /ping HTTP/1.1\nConnection: close\n\n").answer().status())
          .isEqualTo(200);
      assertThat(c.closed()).isTrue();
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrderThoughTheFirstIsLate() throws Exception {
    try (RawSocket c = client()) {
      c.write("GET /late HTTP/1.1\n\nGET /ping HTTP/1.1\n\nGET /nowhere HTTP/1.1\n\n");
      try (RawSocket other = client()) {
        assertThat(other.write("GET /ping HTTP/1.1\n\n").answer().body()).isEqualTo("pong");
      }
      late.complete(HttpAnswer.text(200, "at last"));

      assertThat(c.answer().body()).isEqualTo("at last");
      assertThat(c.answer().body()).isEqualTo("pong");
      assertThat(c.answer().status()).isEqualTo(404);
      assertThat(c.write("GET /ping HTTP/1.1\n\n").answer().body()).isEqualTo("pong");
    }
  }

  @Test
  void thousandsOfPipelinedRequestsAreAnswered() throws Exception {
    try (RawSocket c = client()) {
      c.write("GET /late HTTP/1.1\n\n" + "GET /ping HTTP/1.1\n\n".repeat(5000));
      late.complete(HttpAnswer.text(200, "first"));

      assertThat(c.answer().body()).isEqualTo("first");
      for (int i = 0; i < 5000; i++) assertThat(c.answer().body()).isEqualTo("pong");
    }
  }

  @Test
  void aProtocolThatFailsIsTheServersFault() throws Exception {
    try (RawSocket c = client()) {
      assertThat(c.write("GET /broken HTTP/1.1\n\n").answer().status()).isEqualTo(500);
      late.completeExceptionally(new IllegalStateException("late and broken"));
      assertThat(c.write("GET /late HTTP/1.1\n\n").answer().status()).isEqualTo(500);
      assertThat(c.write("GET /ping HTTP/1.1\n\n").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void whoGoesWhileItsAnswerIsLateHarmsNobody() throws Exception {
    try (RawSocket c = client()) {
      c.write("GET /late HTTP/1.1\n\nGET /ping HTTP/1.1\n\n");
    }
    late.complete(HttpAnswer.text(200, "too late"));

    try (RawSocket c = client()) {
      assertThat(c.write("GET /ping HTTP/1.1\n\n").answer().body()).isEqualTo("pong");
    }
  }

  @Test
  void headGetsTheHeadersOfGetAndNoBody() throws Exception {
    try (RawSocket c = client()) {
      c.write("HEAD /ping HTTP/1.1\n\nGET /ping HTTP/1.1\n\n");

      assertThat(c.line()).isEqualTo("HTTP/1.1 200 OK");
      Map<String, String> headers = c.headers();
      assertThat(headers).containsEntry("content-length", "4");
      assertThat(c.answer().body()).isEqualTo("pong");
    }
  }

  @Test
  void whatNobodyTookIsAskedForOnceMore() throws Exception {
    try (RawSocket c = client()) {
      assertThat(c.write("GET /hidden HTTP/1.1\n\n").answer().status()).isEqualTo(401);
      assertThat(c.write("GET /nowhere HTTP/1.1\n\n").answer().status()).isEqualTo(404);
    }
  }

  @Test
  void onlyNamedOriginsMayReadAndBodiesAreBounded() throws Exception {
    String yaml =
        """
        gateway:
          ports: [0]
          body_bytes_max: 1KiB
          cors: { origins: [https://a.example] }
        """;
    NettyGateway named =
        new NettyGateway(
            GatewaySettings.read(
                Settings.of(yaml, "muster.yaml", Map.of(), Map.of()).root().section("gateway", ""),
                Path.of("data")));
    named.serve(new Protocol());
    int namedPort = named.open().getFirst();
    String preflight = "OPTIONS /ping HTTP/1.1\nAccess-Control-Request-Method: POST\nOrigin: ";
    try (RawSocket c = new RawSocket(namedPort);
        RawSocket none = client()) {
      RawSocket.Answer a = c.write(preflight + "https://a.example\n\n").answer();
      assertThat(a.status()).isEqualTo(204);
      assertThat(a.headers()).containsEntry("access-control-allow-origin", "https://a.example");
      a = c.write("GET /ping HTTP/1.1\nOrigin: https://a.example\n\n").answer();
      assertThat(a.headers()).containsEntry("access-control-allow-credentials", "true");
      a = c.write("GET /ping HTTP/1.1\nOrigin: https://b.example\n\n").answer();
      assertThat(a.body()).isEqualTo("pong");
      assertThat(a.headers()).doesNotContainKey("access-control-allow-origin");
      a = none.write("GET /ping HTTP/1.1\nOrigin: https://a.example\n\n").answer();
      assertThat(a.headers()).doesNotContainKeys("access-control-allow-origin", "vary");
      a = c.write("POST /where HTTP/1.1\nContent-Length: 1025\n\n").answer();
      assertThat(a.status()).isEqualTo(413);
    } finally {
      named.close();
    }
    assertThatThrownBy(
            () ->
                GatewaySettings.read(
                    Settings.of(
                            "gateway: { cors: { origins: [a.example] } }",
                            "muster.yaml",
                            Map.of(),
                            Map.of())
                        .root()
                        .section("gateway", ""),
                    Path.of("data")))
        .hasMessageContaining("origins such as https://my.org or *, found 'a.example'");
  }

  @Test
  void badRequestsAreNamedAndClosed() throws Exception {
    String[][] bad = {
      {"GET /ping HTTP/1.1\nno colon here\n\n", "400"},
      {"GET /" + "a".repeat(5000) + " HTTP/1.1\n\n", "414"},
      {"GET /ping HTTP/1.1\nX: " + "b".repeat(20_000) + "\n\n", "431"},
      {"POST /ping HTTP/1.1\nContent-Length: x\n\n", "400"},
      {"POST /ping HTTP/1.1\nContent-Length: 1\nTransfer-Encoding: chunked\n\n0\n\n", "400"},
      {"POST /where HTTP/1.1\nContent-Length: 2000000\nConnection: close\n\n", "413"},
      {"\u0016\u0003\u0001\u0002 tls on a plain port\n\n", "400"},
    };
    for (String[] b : bad) {
      try (RawSocket c = client()) {
        String shown = b[0].substring(0, Math.min(40, b[0].length()));
        assertThat(c.write(b[0]).answer().status()).as(shown).isEqualTo(Integer.parseInt(b[1]));
        assertThat(c.closed()).as(shown + " is closed").isTrue();
      }
    }
  }

  @Test
  void aBrokenRequestTargetIsTheClientsFault() throws Exception {
    try (RawSocket c = client()) {
      assertThat(c.write("GET /%zz?%q HTTP/1.1\n\n").answer().status()).isEqualTo(400);
      assertThat(c.write("GET /ping HTTP/1.1\n\n").answer().status()).isEqualTo(200);
    }
  }

  private static String upgrade(String path, String more) {
    return "GET "
        + path
        + " HTTP/1.1\nHost: x\nUpgrade: WebSocket\nConnection: keep-alive, Upgrade\n"
        + more
        + "\n";
  }

  private static final String GOOD =
      "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n";

  @Test
  void anUpgradeIsAcceptedAsInTheStandardsExample() throws Exception {
    try (RawSocket c = client()) {
      RawSocket.Answer a =
          c.write(upgrade("/echo?a=b", GOOD + "Cookie: c\nX-Other: d\nOrigin: e\n")).answer();

      assertThat(a.status()).isEqualTo(101);
      assertThat(a.headers())
          .containsEntry("upgrade", "websocket")
          .containsEntry("connection", "Upgrade")
          .containsEntry("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
          .doesNotContainKey("sec-websocket-extensions");
      c.write(new ClientFrames().frame(ClientFrames.BINARY, true, new byte[1]).bytes());
      assertThat(c.text()).isEqualTo("/echo?a=b {cookie=c}");
    }
  }

  @Test
  void framesRightBehindTheUpgradeAreNotLost() throws Exception {
    try (RawSocket c = client()) {
      byte[] request = upgrade("/echo", GOOD).replace("\n", "\r\n").getBytes();
      byte[] frame = new ClientFrames().text("eager").text("and more").bytes();
      byte[] both = java.util.Arrays.copyOf(request, request.length + frame.length);
      System.arraycopy(frame, 0, both, request.length, frame.length);

      assertThat(c.write(both).answer().status()).isEqualTo(101);

      assertThat(c.text()).isEqualTo("eager");
      assertThat(c.text()).isEqualTo("and more");
    }
  }

  @Test
  void anUpgradeMayFollowALateAnswer() throws Exception {
    try (RawSocket c = client()) {
      c.write("GET /late HTTP/1.1\n\n" + upgrade("/echo", GOOD));
      late.complete(HttpAnswer.text(200, "now"));

      assertThat(c.answer().body()).isEqualTo("now");
      assertThat(c.answer().status()).isEqualTo(101);
      c.write(new ClientFrames().text("here").bytes());
      assertThat(c.text()).isEqualTo("here");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/nowhere, 13, dGhlIHNhbXBsZSBub25jZQ==, 404",
    "/echo, 8, dGhlIHNhbXBsZSBub25jZQ==, 426",
    "/echo, , dGhlIHNhbXBsZSBub25jZQ==, 426",
    "/echo, 13, , 400",
    "/echo, 13, c2hvcnQ=, 400",
    "/echo, 13, not base64 at all, 400",
  })
  void otherUpgradesAreRefused(String path, String version, String key, int status)
      throws Exception {
    try (RawSocket c = client()) {
      String headers = version == null ? "" : "Sec-WebSocket-Version: " + version + "\n";
      if (key != null) headers += "Sec-WebSocket-Key: " + key + "\n";

      RawSocket.Answer a = c.write(upgrade(path, headers)).answer();

      assertThat(a.status()).isEqualTo(status);
      if (status == 426) assertThat(a.headers()).containsEntry("sec-websocket-version", "13");
    }
  }

  @Test
  void anUpgradeNeedsGetAndTheConnectionHeader() throws Exception {
    try (RawSocket c = client()) {
      assertThat(c.write(upgrade("/echo", GOOD).replace("GET", "POST")).answer().status())
          .isEqualTo(400);
      assertThat(
              c.write(upgrade("/echo", GOOD).replace("keep-alive, Upgrade", "keep-alive"))
                  .answer()
                  .status())
          .isEqualTo(400);
      assertThat(c.write("GET /ping HTTP/1.1\n\n").answer().status()).isEqualTo(200);
    }
  }
}
