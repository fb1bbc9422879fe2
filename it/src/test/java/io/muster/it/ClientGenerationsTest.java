package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Event;
import io.muster.it.HappnClients.Refused;
import io.muster.it.HappnClients.Sub;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// The same things done by npm clients of every protocol: 3.0.0 (the oldest that installs and logs
/// in today, `happn_1.3.0`), 5.1.1 (`happn_2`), 8.2.7 (`happn_3`) and 13.12.1 (`happn_4`), with
/// passwords and without.
class ClientGenerationsTest {
  private static final List<String> GENERATIONS =
      List.of("happn-3-3", "happn-3-5", HappnClients.PREVIOUS, HappnClients.CURRENT);

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Map<String, HappnClients> NODES = new HashMap<>();
  private static Cluster secured;
  private static Cluster open;
  private static int next;

  @BeforeAll
  static void start() throws IOException {
    Tools.clients();
    secured = started("generations", "a password of the tests");
    open = started("strangers", null);
    for (String g : GENERATIONS) NODES.put(g, new HappnClients(g));
  }

  /// Pings come every second.
  private static Cluster started(String name, String password) throws IOException {
    Cluster cluster = Cluster.prepare(name, 1, password);
    Path settings = cluster.member(0).directory.resolve("muster.yaml");
    Files.writeString(
        settings,
        Files.readString(settings)
            .replace("gateway:\n", "gateway:\n  happn: { ping_interval: 1s }\n"));
    cluster.member(0).start();
    cluster.member(0).awaitReady(Cluster.READY);
    return cluster;
  }

  @AfterAll
  static void stop() {
    NODES.values().forEach(HappnClients::close);
    NODES.clear();
    if (secured != null) secured.close();
    if (open != null) open.close();
  }

  static Stream<Arguments> allOnBoth() {
    return GENERATIONS.stream()
        .flatMap(g -> Stream.of(Arguments.of(g, true), Arguments.of(g, false)));
  }

  static Stream<String> all() {
    return GENERATIONS.stream();
  }

  private static HappnClients node(String generation) {
    return NODES.get(generation);
  }

  private static MemberProcess member(boolean withPasswords) {
    return (withPasswords ? secured : open).member(0);
  }

  private static Client connect(String generation, boolean withPasswords, Map<String, ?> options) {
    MemberProcess to = member(withPasswords);
    return node(generation)
        .connect("g" + ++next, to.host(), to.clientPort(), to.username(), to.password(), options);
  }

  private static Client connect(String generation, boolean withPasswords) {
    return connect(generation, withPasswords, Map.of());
  }

  private static Event take(BlockingQueue<Event> events) throws InterruptedException {
    Event e = events.poll(20, TimeUnit.SECONDS);
    if (e == null) throw new AssertionError("no event\n" + secured.lastLines() + open.lastLines());
    return e;
  }

  private static int number(Event e) {
    return e.data().path("n").asInt(-1);
  }

  @ParameterizedTest
  @MethodSource("allOnBoth")
  void recordsAreKeptAndMergedAndRemoved(String generation, boolean withPasswords) {
    String path = "/r" + ++next + "/a";
    Client client = connect(generation, withPasswords);

    JsonNode answer = client.set(path, Map.of("n", 1));
    JsonNode merged = client.set(path, Map.of("m", 2), Map.of("merge", true));
    client.set(path + "/text", "words");
    client.set(path + "/nothing", null);
    client.set(path + "/passing", Map.of("n", 1), Map.of("noStore", true));

    assertThat(answer.path("n").asInt()).isEqualTo(1);
    assertThat(answer.path("_meta").path("path").asString()).isEqualTo(path);
    assertThat(answer.path("_meta").path("created").asLong()).isPositive();
    assertThat(merged.path("n").asInt()).isEqualTo(1);
    assertThat(client.get(path).path("m").asInt()).isEqualTo(2);
    assertThat(client.get(path + "/text").path("value").asString()).isEqualTo("words");
    assertThat(client.get(path + "/nothing").path("value").isNull()).isTrue();
    assertThat(client.get(path + "/passing").isNull()).isTrue();
    assertThat(client.get(path + "*").size()).isEqualTo(3);
    assertThat(
            client
                .get(path + "*", Map.of("criteria", Map.of("n", Map.of("$gte", 1))))
                .get(0)
                .path("_meta")
                .path("path")
                .asString())
        .isEqualTo(path);
    JsonNode paths = client.call("paths", Map.of("path", path + "/*"));
    assertThat(paths.size()).isEqualTo(2);
    assertThat(client.remove(path).path("removed").asInt()).isEqualTo(1);
    assertThat(client.remove(path + "/*").path("removed").asInt()).isEqualTo(2);
    assertThat(client.get(path + "*").size()).isZero();
  }

  @ParameterizedTest
  @MethodSource("allOnBoth")
  void eventsComeForWhatIsListenedTo(String generation, boolean withPasswords) throws Exception {
    String root = "/e" + ++next;
    BlockingQueue<Event> star = new LinkedBlockingQueue<>();
    BlockingQueue<Event> sets = new LinkedBlockingQueue<>();
    BlockingQueue<Event> removals = new LinkedBlockingQueue<>();
    Client reader = connect(generation, withPasswords);
    reader.on(root + "/*", star::add);
    reader.on(root + "/x", Map.of("event_type", "set"), sets::add);
    reader.on(root + "/x", Map.of("event_type", "remove"), removals::add);
    Client writer = connect(generation, withPasswords);

    writer.set(root + "/x", Map.of("n", 1));
    writer.set(root + "/x", Map.of("n", 2), Map.of("noStore", true));
    writer.set(root + "/silent", Map.of("n", 9), Map.of("noPublish", true));
    writer.remove(root + "/x");

    Event first = take(star);
    assertThat(number(first)).isEqualTo(1);
    assertThat(first.meta().path("action").asString()).isEqualTo("/SET@" + root + "/x");
    assertThat(first.meta().path("sessionId").asString()).isEqualTo(writer.session());
    assertThat(first.meta().path("created").asLong()).isPositive();
    assertThat(first.meta().has("eventOrigin")).isEqualTo(withPasswords);
    assertThat(number(take(star))).isEqualTo(2);
    Event removed = take(star);
    assertThat(removed.meta().path("action").asString()).isEqualTo("/REMOVE@" + root + "/x");
    assertThat(removed.data().path("removed").asInt()).isEqualTo(1);
    assertThat(number(take(sets))).isEqualTo(1);
    assertThat(number(take(sets))).isEqualTo(2);
    assertThat(take(removals).data().path("removed").asInt()).isEqualTo(1);
    assertThat(star).isEmpty();
    assertThat(sets).isEmpty();
    assertThat(removals).isEmpty();
  }

  /// Before 5 clients count all their subscriptions as one and say which is meant on the side.
  @ParameterizedTest
  @MethodSource("allOnBoth")
  void whatIsGivenUpEndsAndNothingElse(String generation, boolean withPasswords) throws Exception {
    String root = "/o" + ++next;
    BlockingQueue<Event> kept = new LinkedBlockingQueue<>();
    BlockingQueue<Event> one = new LinkedBlockingQueue<>();
    BlockingQueue<Event> twin = new LinkedBlockingQueue<>();
    Client client = connect(generation, withPasswords);
    client.on(root + "/*", kept::add);
    Map<String, String> sets = Map.of("event_type", "set");
    Sub first = client.on(root + "/x", sets, one::add);
    Sub second = client.on(root + "/x", sets, twin::add);

    client.set(root + "/x", Map.of("n", 1));
    client.off(first);
    client.set(root + "/x", Map.of("n", 2));
    client.off(second);
    client.set(root + "/x", Map.of("n", 3));
    client.call("offPath", Map.of("path", root + "/*"));
    client.set(root + "/x", Map.of("n", 4));
    client.on(root + "/x", kept::add);
    client.set(root + "/x", Map.of("n", 5));

    assertThat(number(take(one))).isEqualTo(1);
    assertThat(List.of(number(take(twin)), number(take(twin)))).containsExactly(1, 2);
    assertThat(List.of(number(take(kept)), number(take(kept)), number(take(kept))))
        .containsExactly(1, 2, 3);
    assertThat(number(take(kept))).isEqualTo(5);
    assertThat(one).isEmpty();
    assertThat(twin).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("all")
  void aListenerOfOneEventHearsOne(String generation) throws Exception {
    String path = "/1" + ++next;
    BlockingQueue<Event> once = new LinkedBlockingQueue<>();
    BlockingQueue<Event> always = new LinkedBlockingQueue<>();
    Client client = connect(generation, true);
    client.on(path, Map.of("count", 1), once::add);
    client.on(path + "*", always::add);
    client.on("*", always::add);

    for (int i = 1; i <= 3; i++) client.set(path, Map.of("n", i));

    assertThat(number(take(once))).isEqualTo(1);
    assertThat(List.of(number(take(always)), number(take(always)), number(take(always))))
        .as("by the star that stands for everything")
        .containsExactly(1, 2, 3);
    assertThat(once).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatIsThereAlreadyIsTold(String generation) throws Exception {
    String root = "/i" + ++next;
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    Client client = connect(generation, true);
    for (int i = 1; i <= 3; i++) client.set(root + "/" + i, Map.of("n", i));

    Sub answered = client.on(root + "/*", Map.of("initialCallback", true), events::add);
    client.on(root + "/*", Map.of("initialEmit", true), events::add);

    Set<Integer> initial = new TreeSet<>();
    answered.initial().forEach(r -> initial.add(r.path("n").asInt()));
    assertThat(initial).containsExactly(1, 2, 3);
    Set<Integer> emitted = new TreeSet<>();
    while (emitted.size() < 3) emitted.add(number(take(events)));
    assertThat(emitted).containsExactly(1, 2, 3);
  }

  @ParameterizedTest
  @MethodSource("allOnBoth")
  void megabytesGoBothWays(String generation, boolean withPasswords) throws Exception {
    String path = "/l" + ++next;
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    Client client = connect(generation, withPasswords);
    client.on(path, events::add);
    String text = "ä".repeat(2 << 20);

    client.set(path, Map.of("text", text));

    assertThat(take(events).data().path("text").asString()).isEqualTo(text);
    assertThat(client.get(path).path("text").asString()).isEqualTo(text);
  }

  @ParameterizedTest
  @MethodSource("all")
  void refusalsSayWhy(String generation) {
    String root = "/f" + ++next;
    Client admin = connect(generation, true);
    MemberProcess member = member(true);
    Map<String, Object> rights =
        Map.of(root + "/mine/*", Map.of("actions", List.of("get", "set", "on")));
    String user = "user" + next;
    member.rpc(
        "security.users.upsertUser",
        Map.of("username", user, "password", "pw", "permissions", rights));

    Client client = node(generation).connect(user, member.host(), member.clientPort(), user, "pw");
    client.set(root + "/mine/x", Map.of("n", 1));
    admin.set(root + "/mine/y", Map.of("n", 1), Map.of("onBehalfOf", user));

    refused(() -> client.get(root + "/theirs"), 403, "unauthorized");
    refused(() -> client.set(root + "/theirs", Map.of()), 403, "unauthorized");
    refused(() -> client.on(root + "/*", e -> {}), 403, "unauthorized");
    refused(() -> client.remove(root + "/mine/x"), 403, "unauthorized");
    refused(
        () -> admin.set(root + "/theirs", Map.of("n", 1), Map.of("onBehalfOf", user)),
        403,
        "unauthorized");
    refused(
        () -> client.set(root + "/mine/x", Map.of(), Map.of("onBehalfOf", "_SOMEBODY")),
        403,
        "unauthorized");
    refused(() -> admin.set(root + "/with!mark", Map.of()), 0, "Bad path, can only contain");
    refused(() -> admin.set(root + "/*", Map.of()), 0, "cannot contain the * wildcard");
    // Clients that have the code repeat the login for 20 s unless it is one of theirs.
    refused(
        () ->
            node(generation)
                .connect(
                    "wrong",
                    member.host(),
                    member.clientPort(),
                    "_ADMIN",
                    "no",
                    Map.of("loginRetry", 1)),
        401,
        "Invalid credentials");
  }

  private static void refused(Runnable asking, int code, String text) {
    assertThatThrownBy(asking::run)
        .isInstanceOf(Refused.class)
        .hasMessageContaining(text)
        .satisfies(e -> assertThat(((Refused) e).code).isEqualTo(code));
  }

  /// Whoever pings, the other answers, and the session stays the same.
  @ParameterizedTest
  @MethodSource("allOnBoth")
  void heartsBeat(String generation, boolean withPasswords) {
    // The latest leave the pings to the server, and refuse to be told how often.
    Map<String, ?> often =
        generation.equals(HappnClients.CURRENT)
            ? Map.of()
            : Map.of("socket", Map.of("ping", 200, "pong", 20_000));
    Client client = connect(generation, withPasswords, often);
    String session = client.session();

    Eventually.within(SOON, "five beats", () -> client.call("beats", Map.of()).asInt() >= 5);

    assertThat(client.session()).isEqualTo(session);
    assertThat(client.set("/beats", Map.of("n", 1)).path("n").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("allOnBoth")
  void clientsComeBackByThemselvesAndListenAsBefore(String generation, boolean withPasswords)
      throws Exception {
    String root = "/c" + ++next;
    MemberProcess member = member(withPasswords);
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    Client client =
        connect(generation, withPasswords, Map.of("reconnect", Map.of("min", 100, "max", 1000)));
    client.on(root + "/*", events::add);
    client.on(root + "/x", Map.of("event_type", "set"), events::add);
    client.set(root + "/x", Map.of("n", 1));
    take(events);
    take(events);

    member.kill();
    member.start();
    member.awaitReady(Cluster.READY);

    awaitEvent(generation, client, "reconnect-successful");
    assertThat(client.get(root + "/x").path("n").asInt()).isEqualTo(1);
    // Listeners of some generations are there a moment after they say that all is well.
    Eventually.within(
        SOON,
        "both listeners hear again",
        () -> {
          events.clear();
          client.set(root + "/x", Map.of("n", 2));
          Set<String> channels = new TreeSet<>();
          for (Event e; (e = events.poll(1, TimeUnit.SECONDS)) != null; ) {
            channels.add(e.meta().path("channel").asString());
            if (channels.size() == 2) return true;
          }
          return false;
        });
    client.disconnect();
  }

  private static void awaitEvent(String generation, Client client, String event) {
    Eventually.within(
        Duration.ofSeconds(60),
        generation + ": " + event,
        () ->
            node(generation).clientEvents.stream()
                .anyMatch(
                    e ->
                        e.path("as").asString("").equals(client.as)
                            && e.path("event").asString("").equals(event)));
  }
}
