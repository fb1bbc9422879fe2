package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Event;
import io.muster.it.HappnClients.Refused;
import io.muster.it.HappnClients.Sub;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What an application does all day, with unmodified clients of both generations on three secured
/// members.
class HappnClientsTest {
  private static Cluster cluster;
  private static HappnClients current;
  private static HappnClients previous;
  private static int next;

  @BeforeAll
  static void start() {
    Tools.clients();
    cluster = Cluster.start("clients", 3, "a password of the tests");
    current = new HappnClients(HappnClients.CURRENT);
    previous = new HappnClients(HappnClients.PREVIOUS);
  }

  @AfterAll
  static void stop() {
    if (current != null) current.close();
    if (previous != null) previous.close();
    if (cluster != null) cluster.close();
  }

  private static HappnClients node(String version) {
    return version.equals(HappnClients.CURRENT) ? current : previous;
  }

  private static Client on(String version, int member) {
    return node(version).connect("c" + ++next, cluster.member(member));
  }

  private static Event take(BlockingQueue<Event> events) throws InterruptedException {
    Event e = events.poll(10, TimeUnit.SECONDS);
    if (e == null) throw new AssertionError("no event within 10 s\n" + cluster.lastLines());
    return e;
  }

  @ParameterizedTest
  @ValueSource(strings = {HappnClients.CURRENT, HappnClients.PREVIOUS})
  void whatOneSetsOnOneMemberAllSeeOnTheOthers(String version) throws Exception {
    String path = "/t" + ++next + "/a";
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    for (int m = 0; m < 3; m++) on(version, m).on(path, events::add);
    Client publisher = on(version, 1);

    JsonNode answer = publisher.set(path, Map.of("v", 1));

    for (int m = 0; m < 3; m++) {
      Event e = take(events);
      assertThat(e.data().path("v").asInt()).isEqualTo(1);
      assertThat(e.meta().path("action").asString()).isEqualTo("/SET@" + path);
      assertThat(e.meta().path("channel").asString()).isEqualTo("/ALL@" + path);
      assertThat(e.meta().path("sessionId").asString()).isEqualTo(publisher.session());
      assertThat(e.meta().path("created").asLong()).isPositive();
    }
    assertThat(answer.path("v").asInt()).isEqualTo(1);
    assertThat(answer.path("_meta").path("path").asString()).isEqualTo(path);
    assertThat(answer.path("_meta").path("published").asBoolean()).isTrue();
    for (int m = 0; m < 3; m++) assertThat(on(version, m).get(path).path("v").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {HappnClients.CURRENT, HappnClients.PREVIOUS})
  void wildcardsOfSubscriptionsAreSegmentsAndWildcardsOfGetsCrossThem(String version)
      throws Exception {
    String root = "/w" + ++next;
    BlockingQueue<Event> one = new LinkedBlockingQueue<>();
    BlockingQueue<Event> deep = new LinkedBlockingQueue<>();
    Client reader = on(version, 2);
    reader.on(root + "/*", one::add);
    reader.on(root + "/**", deep::add);
    Client writer = on(version, 0);

    writer.set(root + "/x/y", Map.of("n", 1));
    writer.set(root + "/x", Map.of("n", 2));

    assertThat(take(one).data().path("n").asInt()).isEqualTo(2);
    assertThat(take(deep).data().path("n").asInt()).isEqualTo(1);
    assertThat(take(deep).data().path("n").asInt()).isEqualTo(2);
    JsonNode all = writer.get(root + "/*");
    assertThat(all.size()).isEqualTo(2);
    assertThat(all.get(0).path("_meta").path("path").asString()).isEqualTo(root + "/x");
    JsonNode removed = writer.remove(root + "/*");
    assertThat(removed.path("removed").asInt()).isEqualTo(2);
    assertThat(take(one).meta().path("action").asString()).isEqualTo("/REMOVE@" + root + "/*");
    assertThat(reader.get(root + "/*").size()).isZero();
    assertThat(reader.get(root + "/x").isNull()).isTrue();
  }

  @Test
  void theOptionsOfSetDoWhatTheyPromise() throws Exception {
    String path = "/o" + ++next + "/r";
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    BlockingQueue<Event> changes = new LinkedBlockingQueue<>();
    Client reader = on(HappnClients.CURRENT, 1);
    reader.on(path, events::add);
    on(HappnClients.CURRENT, 1).on(path, Map.of("merge", true), changes::add);
    Client writer = on(HappnClients.CURRENT, 2);

    writer.set(path, Map.of("a", 1), Map.of("noPublish", true));
    JsonNode merged = writer.set(path, Map.of("b", 2), Map.of("merge", true));
    writer.set(path, Map.of("c", 3), Map.of("noStore", true, "meta", Map.of("mine", "m")));
    writer.set(path + "x", "text");

    assertThat(merged.path("a").asInt()).isEqualTo(1);
    assertThat(merged.path("b").asInt()).isEqualTo(2);
    assertThat(take(events).data().path("a").asInt()).isEqualTo(1);
    assertThat(take(changes).data().has("a")).isFalse();
    Event unstored = take(events);
    assertThat(unstored.data().path("c").asInt()).isEqualTo(3);
    assertThat(unstored.meta().path("mine").asString()).isEqualTo("m");
    assertThat(unstored.meta().has("created")).isFalse();
    assertThat(reader.get(path).has("c")).isFalse();
    assertThat(reader.get(path + "x").path("value").asString()).isEqualTo("text");
    assertThat(reader.call("count", Map.of("path", path + "*")).path("value").asInt()).isEqualTo(2);
  }

  @Test
  void incrementsOfManyClientsOnAllMembersAddUp() throws Exception {
    String path = "/gauge" + ++next;
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    on(HappnClients.CURRENT, 2).on(path, events::add);
    List<Client> clients =
        List.of(
            on(HappnClients.CURRENT, 0), on(HappnClients.PREVIOUS, 1), on(HappnClients.CURRENT, 2));
    List<CompletableFuture<JsonNode>> answers = new ArrayList<>();

    for (int i = 0; i < 60; i++) {
      answers.add(clients.get(i % 3).startIncrement(path, "visits", 1));
    }

    Set<Integer> seen = new TreeSet<>();
    for (var answer : answers) {
      JsonNode counted = answer.get(30, TimeUnit.SECONDS);
      assertThat(counted.path("gauge").asString()).isEqualTo("visits");
      seen.add(counted.path("value").asInt());
    }
    assertThat(seen).as("each sees a value of its own").hasSize(60).contains(1, 60);
    Set<Integer> told = new TreeSet<>();
    for (int i = 0; i < 60; i++) told.add(take(events).data().path("value").asInt());
    assertThat(told).isEqualTo(seen);
    JsonNode record = clients.getFirst().get(path);
    assertThat(record.path("visits").path("value").asInt()).isEqualTo(60);
  }

  @Test
  void targetClientsReceiveAndNobodyElse() throws Exception {
    String path = "/target" + ++next;
    BlockingQueue<Event> mine = new LinkedBlockingQueue<>();
    List<Event> others = new CopyOnWriteArrayList<>();
    Client target = on(HappnClients.CURRENT, 0);
    target.on(path, mine::add);
    Client other = on(HappnClients.CURRENT, 1);
    other.on(path, others::add);
    Client writer = on(HappnClients.CURRENT, 2);

    writer.set(path, Map.of("n", 1), Map.of("targetClients", List.of(target.session())));
    writer.set(path, Map.of("n", 2), Map.of("targetClients", List.of()));
    writer.set(path, Map.of("n", 3));

    assertThat(take(mine).data().path("n").asInt()).isEqualTo(1);
    assertThat(take(mine).data().path("n").asInt()).isEqualTo(3);
    Eventually.within(Duration.ofSeconds(10), "the other sees the third", () -> !others.isEmpty());
    assertThat(others).extracting(e -> e.data().path("n").asInt()).containsExactly(3);
  }

  @Test
  void initialValuesComeWithTheSubscription() throws Exception {
    String root = "/init" + ++next;
    Client writer = on(HappnClients.CURRENT, 0);
    writer.set(root + "/a", Map.of("n", 1));
    writer.set(root + "/b", Map.of("n", 2));
    BlockingQueue<Event> emitted = new LinkedBlockingQueue<>();

    on(HappnClients.CURRENT, 1).on(root + "/*", Map.of("initialEmit", true), emitted::add);
    Sub called =
        on(HappnClients.CURRENT, 2).on(root + "/*", Map.of("initialCallback", true), _ -> {});

    assertThat(
            List.of(take(emitted).data().path("n").asInt(), take(emitted).data().path("n").asInt()))
        .containsExactlyInAnyOrder(1, 2);
    assertThat(called.initial().size()).isEqualTo(2);
  }

  @Test
  void afterOffNothingComes() throws Exception {
    String path = "/off" + ++next;
    List<Event> first = new CopyOnWriteArrayList<>();
    BlockingQueue<Event> second = new LinkedBlockingQueue<>();
    Client reader = on(HappnClients.CURRENT, 0);
    Sub sub = reader.on(path, first::add);
    Client writer = on(HappnClients.CURRENT, 1);
    reader.off(sub);
    reader.on(path, second::add);

    writer.set(path, Map.of("n", 1));

    take(second);
    assertThat(first).isEmpty();
  }

  @Test
  void oneMegabyteGoesThroughUnharmed() throws Exception {
    String path = "/big" + ++next;
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    on(HappnClients.CURRENT, 2).on(path, events::add);
    String text = "äöü€ ".repeat(200_000);

    on(HappnClients.CURRENT, 0).set(path, Map.of("text", text));

    assertThat(take(events).data().path("text").asString()).isEqualTo(text);
    assertThat(on(HappnClients.CURRENT, 1).get(path).path("text").asString()).isEqualTo(text);
  }

  @Test
  void refusalsAreErrorsThatClientsUnderstand() {
    Client client = on(HappnClients.CURRENT, 0);

    assertThatThrownBy(() -> client.set("/bad/*", Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(
            "if the action is 'set' the path cannot contain the * wildcard character");
    assertThatThrownBy(
            () ->
                current.connect(
                    "no", "127.0.0.1", cluster.member(0).clientPort(), "_ADMIN", "wrong"))
        .isInstanceOfSatisfying(
            Refused.class,
            e -> {
              assertThat(e.name).isEqualTo("AccessDenied");
              assertThat(e.code).isEqualTo(401);
              assertThat(e).hasMessage("Invalid credentials");
            });
  }
}
