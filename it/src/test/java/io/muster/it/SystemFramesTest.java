package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What nobody asked for: the frames that tell clients of a change of their rights, and those with
/// which a session is ended. The same administration at the npm server and at a member, both
/// secured, and the same frames must come, once ids and stamps are blotted out.
class SystemFramesTest {
  private static final String PASSWORD = "a password of the tests";

  /// Of every protocol one client: the older two are not told of changes.
  private static final List<String> PROTOCOLS = List.of("happn_4", "happn_3", "happn_2", "happn_1");

  private static Cluster cluster;
  private static Reference reference;

  /// Whoever administers a server in its process or from beside it.
  private interface Administration {
    void call(String method, Object... params);

    int port();
  }

  private static final class Reference implements Administration, AutoCloseable {
    private final int port = Cluster.freePorts(1).getFirst();
    private final Process process;
    private final BufferedWriter in;
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private int n;

    Reference(Path clients) throws IOException {
      process =
          new ProcessBuilder("node", "reference.js", Integer.toString(port), PASSWORD)
              .directory(clients.toFile())
              .redirectError(Tools.TARGET.resolve("reference-secured.log").toFile())
              .start();
      in = process.outputWriter(StandardCharsets.UTF_8);
      Thread.ofVirtual().name("reference").start(this::read);
    }

    private void read() {
      try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
          if (line.startsWith("{\"n\":")) answers.add(HappnClients.JSON.readTree(line));
        }
      } catch (IOException e) {
        // It ended.
      }
    }

    @Override
    public void call(String method, Object... params) {
      try {
        Map<String, Object> call = Map.of("n", ++n, "method", method, "params", List.of(params));
        in.write(HappnClients.JSON.writeValueAsString(call) + "\n");
        in.flush();
        JsonNode answer = answers.poll(20, TimeUnit.SECONDS);
        if (answer == null || answer.has("error")) throw new AssertionError(method + ": " + answer);
      } catch (IOException e) {
        throw new AssertionError(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private record Member(MemberProcess process) implements Administration {
    @Override
    public void call(String method, Object... params) {
      process.rpc(method, params);
    }

    @Override
    public int port() {
      return process.clientPort();
    }
  }

  @BeforeAll
  static void start() throws IOException {
    reference = new Reference(Tools.clients());
    cluster = Cluster.prepare("frames", 1, PASSWORD);
    Path settings = cluster.member(0).directory.resolve("muster.yaml");
    Files.writeString(
        settings,
        Files.readString(settings).stripTrailing()
            + """

              profiles:
                - { name: short, session: { user.username: short }, policy: { usage_limit: 2 } }
                - { name: old, session: { user.username: old }, policy: { ttl: 2000 } }
                - name: idle
                  session: { user.username: idle }
                  policy: { inactivity_threshold: 1000 }
            """);
    cluster.member(0).start();
    cluster.member(0).awaitReady(Cluster.READY);
    Eventually.within(
        Duration.ofSeconds(30),
        "the npm server listens",
        () -> {
          new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), reference.port()).close();
          return true;
        });
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
    if (reference != null) reference.close();
  }

  /// A raw connection: what comes is kept, pings are not.
  private static final class Talk implements WebSocket.Listener {
    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();
    private final WebSocket socket;
    private int eventId;
    private String session = "";

    Talk(int port) {
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + port + "/primus"), this)
              .join();
    }

    static Talk loggedIn(int port, String user, String protocol) {
      Talk t = new Talk(port);
      t.send("configure-session", Map.of("data", Map.of("protocol", protocol)));
      t.next();
      t.send("login", Map.of("data", Map.of("username", user, "password", user, "info", Map.of())));
      t.session = HappnClients.JSON.readTree(t.next()).path("data").path("id").asString("");
      assertThat(t.session).as("a login of " + user + " at " + port).isNotEmpty();
      return t;
    }

    void send(String action, Map<String, ?> more) {
      ObjectNode frame = HappnClients.JSON.valueToTree(more);
      frame.put("action", action).put("eventId", ++eventId);
      if (!session.isEmpty()) frame.put("sessionId", session);
      socket.sendText(frame.toString(), true).join();
    }

    /// The next frame, or `closed`.
    String next() {
      try {
        String frame = frames.poll(20, TimeUnit.SECONDS);
        if (frame == null) throw new AssertionError("no frame for 20 s");
        return frame;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }

    List<String> next(int n) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        String frame = next();
        boolean json = frame.startsWith("{");
        all.add(json ? blot(HappnClients.JSON.readTree(frame)).toString() : frame);
      }
      return all;
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        String frame = partial.toString();
        partial.setLength(0);
        if (!frame.startsWith("\"primus::ping")) frames.add(frame);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
      frames.add("closed " + status);
      return null;
    }
  }

  /// Not the same twice, or told by the npm server only: what the store did for a deletion.
  private static final List<String> LEFT_OUT =
      List.of("created", "modified", "links", "stack", "headers");

  private static JsonNode blot(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode copy = HappnClients.JSON.createObjectNode();
      boolean deleted = object.path("whatHappnd").asString("").equals("delete-group");
      object.propertyNames().stream()
          .sorted()
          .filter(n -> !LEFT_OUT.contains(n))
          .forEach(
              n -> {
                JsonNode value = object.get(n);
                if (deleted && n.equals("changedData")) copy.set(n, deleted(value));
                else if (n.equals("sessionId") || n.equals("userid")) copy.put(n, "#");
                else copy.set(n, blot(value));
              });
      return copy;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode copy = HappnClients.JSON.createArrayNode();
      // Of permissions, whose order says nothing.
      array.values().stream().map(JsonNode::toString).sorted().forEach(copy::add);
      return copy;
    }
    return node;
  }

  /// A deleted group is told with all it was by the npm server, by a member with its name.
  private static JsonNode deleted(JsonNode changed) {
    ObjectNode copy = (ObjectNode) blot(changed);
    copy.remove("permissions");
    if (copy.get("obj") instanceof ObjectNode group) group.remove("permissions");
    return copy;
  }

  private static Map<String, ?> permissions(String path, String list, String... actions) {
    return Map.of(path, Map.of(list, List.of(actions)));
  }

  /// Everything that changes what a user may do, and what each client is told of it.
  private static List<String> changes(Administration at) {
    at.call("security.users.upsertUser", Map.of("username", "bob", "password", "bob"));
    List<Talk> talks = PROTOCOLS.stream().map(p -> Talk.loggedIn(at.port(), "bob", p)).toList();
    List<String> all = new ArrayList<>();
    String group = "security.groups.";
    String user = "security.users.";
    Map<String, ?> reading = permissions("/a/*", "actions", "get", "on");
    Map<String, ?> noWriting = permissions("/b/*", "prohibit", "set");
    at.call(group + "upsertGroup", Map.of("name", "g", "permissions", reading));
    List<Object[]> calls =
        List.of(
            new Object[] {group + "linkGroup", "g", "bob"},
            new Object[] {group + "upsertGroup", Map.of("name", "g", "permissions", noWriting)},
            new Object[] {
              group + "upsertGroup", Map.of("name", "g", "custom_data", Map.of("x", 1))
            },
            new Object[] {group + "upsertPermission", "g", "/c/*", "on", true},
            new Object[] {group + "upsertPermission", "g", "/c/*", "set", false},
            new Object[] {group + "removePermission", "g", "/c/*", "on"},
            new Object[] {user + "upsertUser", Map.of("username", "bob", "permissions", reading)},
            new Object[] {
              user + "upsertUser", Map.of("username", "bob", "custom_data", Map.of("y", 1))
            },
            new Object[] {user + "upsertUser", Map.of("username", "bob", "password", "other")},
            new Object[] {user + "upsertPermission", "bob", "/v/*", "get", true},
            new Object[] {user + "removePermission", "bob", "/v/*", "get"},
            new Object[] {group + "unlinkGroup", "g", "bob"},
            new Object[] {group + "linkGroup", "g", "bob"},
            new Object[] {group + "deleteGroup", "g"});
    for (Object[] c : calls) {
      at.call((String) c[0], Arrays.copyOfRange(c, 1, c.length));
      all.add("! " + HappnClients.JSON.writeValueAsString(c[0]));
      for (Talk t : talks.subList(0, 2)) all.addAll(t.next(1));
    }
    // The first that the older ones hear at all, and the next that the others do.
    at.call(user + "deleteUser", "bob");
    for (Talk t : talks) all.addAll(t.next(3));
    return all;
  }

  @Test
  void changesOfRightsAreToldAsByTheNpmServer() {
    List<String> expected = changes(reference);

    List<String> found = changes(new Member(cluster.member(0)));

    assertThat(String.join("\n", found)).isEqualTo(String.join("\n", expected));
  }

  private static List<String> ends(Administration at) {
    List<String> all = new ArrayList<>();
    for (String user : List.of("short", "old", "eve")) {
      at.call(
          "security.users.upsertUser",
          Map.of(
              "username", user, "password", user, "permissions", permissions("*", "actions", "*")));
    }
    for (String protocol : PROTOCOLS) {
      Talk stranger = new Talk(at.port());
      stranger.send("configure-session", Map.of("data", Map.of("protocol", protocol)));
      stranger.next();
      stranger.send("get", Map.of("path", "/x"));
      all.addAll(stranger.next(4));

      Talk leaving = Talk.loggedIn(at.port(), "eve", protocol);
      leaving.send("revoke-token", Map.of());
      all.addAll(leaving.next(4));

      Talk old = Talk.loggedIn(at.port(), "old", protocol);
      all.addAll(old.next(3));

      Talk much = Talk.loggedIn(at.port(), "short", protocol);
      List<String> last = new ArrayList<>();
      // Which request is the one too many is counted differently: logins may be among them.
      do {
        last.clear();
        much.send("get", Map.of("path", "/x"));
        last.addAll(much.next(1));
      } while (!last.getFirst().contains("\"error\""));
      last.set(0, last.getFirst().replaceAll("\"eventId\":[0-9]+", "\"eventId\":\"#\""));
      last.addAll(much.next(3));
      all.addAll(last);
    }
    return all;
  }

  @Test
  void sessionsAreEndedAsByTheNpmServer() {
    List<String> expected = ends(reference);

    List<String> found = ends(new Member(cluster.member(0)));

    assertThat(String.join("\n", found)).isEqualTo(String.join("\n", expected));
  }

  /// The npm server looks when the next request comes, a member every second.
  @Test
  void whoIsSilentForTooLongIsToldWhy() {
    Member at = new Member(cluster.member(0));
    at.call("security.users.upsertUser", Map.of("username", "idle", "password", "idle"));

    List<String> found = Talk.loggedIn(at.port(), "idle", "happn_4").next(3);

    assertThat(found)
        .containsExactly(
            "{\"_meta\":{\"type\":\"system\"},\"data\":{\"reason\":\"inactivity-threshold\"},"
                + "\"eventKey\":\"server-side-disconnect\"}",
            "\"primus::server::close\"",
            "closed 1000");
  }
}
