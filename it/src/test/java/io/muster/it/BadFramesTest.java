package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Frames that kill the npm server, and worse ones: an error or nothing for the sender, nothing at
/// all for the others.
class BadFramesTest {
  private static Cluster cluster;

  @BeforeAll
  static void start() {
    cluster = Cluster.start("frames", 1, "a password of the tests");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
  }

  /// A raw WebSocket conversation.
  private static final class Raw implements WebSocket.Listener {
    final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final StringBuilder partial = new StringBuilder();
    final WebSocket socket;

    Raw() {
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create(
                      "ws://127.0.0.1:" + cluster.member(0).clientPort() + "/primus?_primuscb=x"),
                  this)
              .join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        frames.add(partial.toString());
        partial.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
      closed.complete(status);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      closed.complete(-1);
    }

    Raw send(String text) {
      socket.sendText(text, true).join();
      return this;
    }

    String next() throws InterruptedException {
      String frame = frames.poll(10, TimeUnit.SECONDS);
      if (frame == null) throw new AssertionError("no frame within 10 s\n" + cluster.lastLines());
      return frame;
    }

    String login() throws InterruptedException {
      send(
          "{\"action\":\"configure-session\",\"eventId\":1,\"data\":{\"protocol\":\"happn_4\",\"version\":\"13.12.1\"}}");
      assertThat(next()).contains("\"status\":\"ok\"");
      send(
          "{\"action\":\"login\",\"eventId\":2,\"data\":{\"username\":\"_ADMIN\",\"password\":\"a"
              + " password of the tests\"}}");
      return next();
    }
  }

  private static void othersAreUnharmed() throws InterruptedException {
    Raw other = new Raw();
    assertThat(other.login()).contains("\"status\":\"ok\"").contains("\"token\"");
    other.socket.abort();
    assertThat(cluster.member(0).running()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "1",
        "\"text\"",
        "[]",
        "{}",
        "{\"action\":\"login\",\"eventId\":1}",
        "{\"action\":\"login\",\"eventId\":1,\"data\":null}",
        "{\"action\":\"login\",\"eventId\":1,\"data\":7}",
        "{\"action\":\"configure-session\",\"eventId\":1}",
        "{\"action\":\"change-password\",\"eventId\":1,\"data\":{}}",
        "{\"action\":\"no-such-thing\",\"eventId\":1}",
        "{\"action\":7}",
        "{\"action\":\"set\",\"path\":7,\"eventId\":1}",
        "{\"action\":\"set\",\"path\":\"/a\",\"eventId\":\"x\"}",
        "{\"action\":\"on\",\"path\":\"/nowhere\",\"eventId\":1}",
        "{\"action\":\"off\",\"eventId\":1,\"options\":7}",
        "{not json",
        "\"primus::\"",
        "\"primus::what::1\"",
        ""
      })
  void framesThatKillTheReferenceHarmNobody(String frame) throws Exception {
    Raw raw = new Raw();

    raw.send(frame);

    othersAreUnharmed();
    raw.socket.abort();
  }

  @Test
  void deepNestingIsRefusedAndTheConnectionGoesOn() throws Exception {
    Raw raw = new Raw();
    assertThat(raw.login()).contains("\"status\":\"ok\"");

    raw.send(
        "{\"action\":\"set\",\"eventId\":3,\"path\":\"/deep\",\"data\":"
            + "[".repeat(100_000)
            + "]".repeat(100_000)
            + "}");
    raw.send("{\"action\":\"get\",\"eventId\":4,\"path\":\"/deep\"}");

    String answer = raw.next();
    if (answer.contains("\"eventId\":3")) {
      assertThat(answer).contains("\"status\":\"error\"");
      answer = raw.next();
    }
    assertThat(answer).contains("\"eventId\":4").contains("\"data\":null");
    othersAreUnharmed();
  }

  @Test
  void anOversizedFrameClosesItsOwnConnectionOnly() throws Exception {
    Raw raw = new Raw();
    raw.login();

    try {
      raw.send(
          "{\"action\":\"set\",\"eventId\":3,\"path\":\"/big\",\"data\":\""
              + "x".repeat(11 << 20)
              + "\"}");
    } catch (java.util.concurrent.CompletionException e) {
      // The server closed while we were still sending.
    }

    raw.closed.get(10, TimeUnit.SECONDS);
    othersAreUnharmed();
  }

  @Test
  void binaryFramesAreIgnoredOrCloseTheirOwnConnection() throws Exception {
    Raw raw = new Raw();
    raw.login();

    raw.socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true).join();

    othersAreUnharmed();
  }

  @Test
  void beforeLoginNothingIsServedOnASecuredServer() throws Exception {
    for (String action : List.of("get", "set", "remove", "on", "count")) {
      Raw raw = new Raw();
      String path = action.equals("on") ? "/ALL@/x" : "/x";
      raw.send(
          "{\"action\":\"" + action + "\",\"eventId\":9,\"path\":\"" + path + "\",\"data\":{}}");
      assertThat(raw.next()).contains("\"status\":\"error\"").contains("403");
    }
  }

  @Test
  void otherPathsAreNotUpgradedAndPingIsAnswered() throws Exception {
    String base = "http://127.0.0.1:" + cluster.member(0).clientPort();
    HttpClient http = HttpClient.newHttpClient();

    HttpResponse<String> ping =
        http.send(
            HttpRequest.newBuilder(URI.create(base + "/ping")).build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(ping.statusCode()).isEqualTo(200);
    assertThat(ping.body()).isEqualTo("pong");
    assertThat(
            http.newWebSocketBuilder()
                .buildAsync(
                    URI.create(base.replace("http", "ws") + "/elsewhere"),
                    new WebSocket.Listener() {})
                .handle((_, e) -> e != null)
                .get(10, TimeUnit.SECONDS))
        .isTrue();
  }
}
