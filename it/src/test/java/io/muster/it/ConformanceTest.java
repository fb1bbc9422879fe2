package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The same raw conversation with the npm server and with Muster must read the same, frame by
/// frame, once ids, stamps and names are blotted out. Where Muster deviates on purpose the
/// conversation leaves that out.
class ConformanceTest {
  private static Cluster cluster;
  private static Process reference;
  private static int referencePort;

  @BeforeAll
  static void start() throws IOException {
    Path clients = Tools.clients();
    referencePort = Cluster.freePorts(1).getFirst();
    reference =
        new ProcessBuilder("node", "reference.js", Integer.toString(referencePort))
            .directory(clients.toFile())
            .redirectErrorStream(true)
            .redirectOutput(Tools.TARGET.resolve("reference.log").toFile())
            .start();
    cluster = Cluster.start("same", 1, null);
    Eventually.within(
        Duration.ofSeconds(30),
        "the npm server listens",
        () -> {
          new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), referencePort).close();
          return true;
        });
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
    if (reference != null) reference.destroyForcibly();
  }

  private static final class Talk implements WebSocket.Listener {
    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();
    private final WebSocket socket;
    private String session = "";

    Talk(int port) {
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + port + "/primus"), this)
              .join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        if (partial.charAt(0) != '"') frames.add(partial.toString());
        partial.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    /// Sends one request and returns all frames up to its answer, blotted.
    List<String> ask(String request, int eventId) throws InterruptedException {
      socket.sendText(request.replace("$SESSION", session), true).join();
      List<String> got = new ArrayList<>();
      while (true) {
        String frame = frames.poll(10, TimeUnit.SECONDS);
        if (frame == null) throw new AssertionError("no answer to " + request + " after " + got);
        JsonNode node = HappnClients.JSON.readTree(frame);
        if (eventId == 2) session = node.path("data").path("id").asString("");
        got.add(blot(node).toString());
        JsonNode meta = node.isArray() ? node.get(node.size() - 1) : node.path("_meta");
        if (meta.path("eventId").asInt(-1) == eventId
            && meta.path("type").asString("").equals("response")) return got;
      }
    }
  }

  private static final List<String> BLOTTED =
      List.of(
          "id",
          "sessionId",
          "created",
          "modified",
          "timestamp",
          "publicationId",
          "referenceId",
          "name",
          "origin",
          "port",
          "url",
          "_id");
  private static final List<String> LEFT_OUT =
      List.of(
          "headers",
          "initialValues",
          "address",
          "msgCount",
          "stack",
          "inner",
          "severity",
          "reason");

  private static JsonNode blot(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode copy = HappnClients.JSON.createObjectNode();
      object.propertyNames().stream()
          .sorted()
          .filter(n -> !LEFT_OUT.contains(n))
          .forEach(
              n ->
                  copy.set(
                      n,
                      BLOTTED.contains(n)
                          ? HappnClients.JSON.valueToTree("#")
                          : blot(object.get(n))));
      return copy;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode copy = HappnClients.JSON.createArrayNode();
      array.forEach(e -> copy.add(blot(e)));
      return copy;
    }
    return node;
  }

  private static List<String> conversation(int port, String protocol, String[] requests)
      throws InterruptedException {
    Talk talk = new Talk(port);
    List<String> all = new ArrayList<>();
    int n = 0;
    List<String> frames = new ArrayList<>();
    frames.add(
        "{\"action\":\"configure-session\",\"eventId\":1,\"data\":{\"protocol\":\""
            + protocol
            + "\",\"version\":\"13.12.1\",\"browser\":false}}");
    frames.add(
        "{\"action\":\"login\",\"eventId\":2,\"data\":{\"info\":{\"_browser\":false,\"_local\":false},\"protocol\":\""
            + protocol
            + "\"},\"options\":{\"timeout\":60000}}");
    for (String r : requests) {
      frames.add(
          "{\"eventId\":" + (frames.size() + 1) + ",\"sessionId\":\"$SESSION\"," + r.substring(1));
    }
    for (String f : frames) {
      all.add("> " + f);
      all.addAll(talk.ask(f, ++n));
    }
    talk.socket.abort();
    return all;
  }

  private static final String[] REQUESTS = {
    "{\"action\":\"describe\",\"data\":null}",
    "{\"action\":\"on\",\"path\":\"/ALL@/c/*\",\"data\":null,\"options\":{\"event_type\":\"all\",\"count\":0,\"timeout\":60000}}",
    "{\"action\":\"set\",\"path\":\"/c/1\",\"data\":{\"p\":1},\"options\":{\"timeout\":60000}}",
    "{\"action\":\"set\",\"path\":\"/c/1\",\"data\":{\"q\":2},\"options\":{\"merge\":true}}",
    "{\"action\":\"set\",\"path\":\"/c/2\",\"data\":\"text\"}",
    "{\"action\":\"set\",\"path\":\"/c/3\",\"data\":[1,2]}",
    "{\"action\":\"set\",\"path\":\"/c/4\",\"options\":{\"nullValue\":true}}",
    "{\"action\":\"set\",\"path\":\"/c/5\",\"data\":{\"x\":1},\"options\":{\"noStore\":true,\"meta\":{\"m1\":\"v\"}}}",
    "{\"action\":\"set\",\"path\":\"/c/6\",\"data\":{\"x\":1},\"options\":{\"noPublish\":true}}",
    "{\"action\":\"set\",\"path\":\"/c/6\",\"data\":{\"x\":2},\"options\":{\"noDataResponse\":true}}",
    "{\"action\":\"set\",\"path\":\"/c/6\",\"data\":{\"x\":3},\"options\":{\"publishResults\":true}}",
    "{\"action\":\"get\",\"path\":\"/c/1\",\"options\":{\"timeout\":60000}}",
    "{\"action\":\"get\",\"path\":\"/c/none\",\"data\":null}",
    "{\"action\":\"get\",\"path\":\"/c/*\"}",
    "{\"action\":\"get\",\"path\":\"/none/*\"}",
    "{\"action\":\"get\",\"path\":\"/c/*\",\"options\":{\"path_only\":true}}",
    "{\"action\":\"count\",\"path\":\"/c/*\"}",
    "{\"action\":\"set\",\"path\":\"/c/g\",\"data\":\"counter\",\"options\":{\"increment\":1}}",
    "{\"action\":\"set\",\"path\":\"/c/g\",\"data\":\"counter\",\"options\":{\"increment\":-2.5}}",
    "{\"action\":\"set\",\"path\":\"/c/g\",\"data\":\"other\",\"options\":{\"increment\":0.1}}",
    "{\"action\":\"set\",\"path\":\"/c/g\",\"data\":\"other\",\"options\":{\"increment\":0.2}}",
    "{\"action\":\"set\",\"path\":\"/c/g\",\"data\":{\"x\":1},\"options\":{\"increment\":1}}",
    "{\"action\":\"set\",\"path\":\"/c/g\",\"data\":\"c\",\"options\":{\"increment\":\"much\"}}",
    "{\"action\":\"get\",\"path\":\"/c/g\"}",
    "{\"action\":\"set\",\"path\":\"/c/bulk\",\"data\":{\"x\":1},\"options\":{\"upsertType\":3}}",
    "{\"action\":\"on\",\"path\":\"/SET@/c/1\",\"options\":{\"initialCallback\":true}}",
    "{\"action\":\"remove\",\"path\":\"/c/1\"}",
    "{\"action\":\"remove\",\"path\":\"/c/none\"}",
    "{\"action\":\"remove\",\"path\":\"/c/*\"}",
    "{\"action\":\"set\",\"path\":\"/c/*\",\"data\":{}}",
    "{\"action\":\"set\",\"path\":\"/c/!\",\"data\":{}}",
    "{\"action\":\"set\",\"path\":\"/f/a\",\"data\":{\"n\":1,\"t\":\"x\",\"o\":{\"x\":1}},\"options\":{\"noPublish\":true}}",
    "{\"action\":\"set\",\"path\":\"/f/b\",\"data\":{\"n\":3,\"t\":\"y\"},\"options\":{\"noPublish\":true}}",
    "{\"action\":\"set\",\"path\":\"/f/c\",\"data\":{\"n\":2,\"t\":\"X\"},\"options\":{\"noPublish\":true}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"n\":{\"$gt\":1}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"data.n\":{\"$in\":[1,2]}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"$or\":[{\"n\":1},{\"t\":\"y\"}]}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"t\":{\"$regex\":[\"^x$\",\"i\"]}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"t\":{\"$regex\":\"^x$\"}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"o.x\":{\"$exists\":true}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"_meta.created\":{\"$gt\":1000}},\"path_only\":true}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"path\":\"/f/b\"}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"options\":{\"sort\":{\"n\":-1}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"sort\":{\"data.n\":1},\"options\":{\"skip\":1,\"limit\":1}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"fields\":{\"n\":1}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"fields\":{\"n\":1,\"o.x\":1,\"path\":1,\"_meta.created\":1}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"aggregate\":[{}]}}",
    "{\"action\":\"get\",\"path\":\"/f/*\",\"options\":{\"options\":{\"collation\":{\"locale\":\"en\"}}}}",
    "{\"action\":\"get\",\"path\":\"/f/a\",\"options\":{\"fields\":{\"n\":1,\"path\":1}}}",
    "{\"action\":\"get\",\"path\":\"/f/a\",\"options\":{\"criteria\":{\"n\":9}}}",
    "{\"action\":\"count\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"n\":{\"$lt\":3}}}}",
    "{\"action\":\"remove\",\"path\":\"/f/*\",\"options\":{\"criteria\":{\"n\":{\"$lt\":3}}}}",
    "{\"action\":\"get\",\"path\":\"/f/*\"}",
    "{\"action\":\"remove\",\"path\":\"/f/*\"}",
    "{\"action\":\"ack\",\"data\":\"nothing\"}",
  };

  @ParameterizedTest
  @ValueSource(strings = {"happn_4", "happn_3", "happn_2", "happn_1", "happn"})
  void theConversationReadsLikeThatWithTheNpmServer(String protocol) throws Exception {
    List<String> expected = conversation(referencePort, protocol, REQUESTS);

    List<String> found = conversation(cluster.member(0).clientPort(), protocol, REQUESTS);

    assertThat(String.join("\n", found)).isEqualTo(String.join("\n", expected));
  }
}
