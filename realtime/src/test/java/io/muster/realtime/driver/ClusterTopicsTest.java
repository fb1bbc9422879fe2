package io.muster.realtime.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.realtime.Topics;
import io.muster.realtime.driver.Instance.Listener;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Messages under topics between two members over real links.
class ClusterTopicsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private final Random random = Seeds.random(23);
  private final List<AutoCloseable> open = new ArrayList<>();
  private Instance a;
  private Instance b;
  private ClusterTopics topicsOfA;
  private ClusterTopics topicsOfB;

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable c : open.reversed()) c.close();
  }

  private Instance instance(String name) {
    Instance i = new Instance(name, random, Optional.empty(), 32 << 20);
    open.add(i);
    return i;
  }

  private ClusterTopics topics(Instance of) {
    ClusterTopics t = new ClusterTopics(of.name);
    open.add(t);
    return t;
  }

  private void two() {
    a = instance("a");
    b = instance("b");
    a.meets(b);
    Eventually.within(
        SOON,
        "linked",
        () -> a.links.linked(b.links.listening()) && b.links.linked(a.links.listening()));
    topicsOfA = topics(a);
    topicsOfB = topics(b);
    topicsOfA.start(a.realtime, a.lane(0)).orTimeout(20, TimeUnit.SECONDS).join();
    topicsOfB.start(b.realtime, b.lane(0)).orTimeout(20, TimeUnit.SECONDS).join();
  }

  /// Writes down all it hears.
  private static List<String> heard(Topics by, String topic) {
    List<String> all = new CopyOnWriteArrayList<>();
    by.on(
        topic,
        (said, payload, local, origin) ->
            all.add(
                said
                    + " "
                    + new String(payload, StandardCharsets.UTF_8)
                    + (local ? " own" : " of " + origin)));
    return all;
  }

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void code(ErrorCode expected, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(expected));
  }

  @Test
  void whatOneSendsAllHearOnceAndInItsOrder() {
    two();
    List<String> here = heard(topicsOfA, "/t");
    List<String> there = heard(topicsOfB, "/t");
    List<String> everything = heard(topicsOfB, "");
    List<String> another = heard(topicsOfB, "/u");

    List<CompletableFuture<Void>> sent = new ArrayList<>();
    for (int i = 0; i < 2000; i++) sent.add(topicsOfA.send("/t", json("{\"n\":" + i + "}")));
    for (CompletableFuture<Void> s : sent) s.orTimeout(20, TimeUnit.SECONDS).join();

    Eventually.within(SOON, "b hears all", () -> everything.size() == 2000);
    Eventually.within(SOON, "so does a", () -> here.size() == 2000);
    assertThat(here)
        .isEqualTo(IntStream.range(0, 2000).mapToObj(i -> "/t {\"n\":" + i + "} own").toList());
    assertThat(there)
        .isEqualTo(IntStream.range(0, 2000).mapToObj(i -> "/t {\"n\":" + i + "} of a").toList())
        .isEqualTo(everything);
    assertThat(another).isEmpty();
  }

  @Test
  void onTheWireItIsAPublicationAsHappnClusterHasIt() {
    two();
    Listener client = b.listener("client", 1);
    client.listen("/__REPLICATE");
    List<String> here = heard(topicsOfA, "");

    topicsOfA.send("/t", json(" [1, 2] "));
    b.publish("client", 1, "/__REPLICATE", "{\"topic\":\"/x\",\"payload\":7,\"origin\":\"c\"}");
    b.publish("client", 2, "/__REPLICATE", "{\"something\":\"else\"}");
    b.publish("client", 3, "/__REPLICATE", "7");
    // Nobody speaks for the cluster.
    b.publish(
        "client",
        4,
        "/__REPLICATE",
        "{\"topic\":\"/security/dataChanged\",\"payload\":7,\"origin\":\"a\"}");
    topicsOfB.send("/end", json("null"));

    Eventually.within(SOON, "a hears the last", () -> here.contains("/end null of b"));
    assertThat(here).containsExactlyInAnyOrder("/t [1,2] own", "/x 7 of c", "/end null of b");
    Eventually.within(
        SOON,
        "the client sees it",
        () -> client.got.contains("{\"topic\":\"/t\",\"payload\":[1,2],\"origin\":\"a\"}"));
  }

  @Test
  void itIsNotReadyBeforeTheStartAndAfterTheEnd() throws Exception {
    Instance alone = instance("alone");
    ClusterTopics topics = topics(alone);
    List<String> early = heard(topics, "");
    assertThat(topics.ready()).isFalse();
    code(ErrorCode.REPLICATOR_NOT_READY, () -> topics.send("/t", json("1")));

    topics.start(alone.realtime, alone.lane(0)).orTimeout(20, TimeUnit.SECONDS).join();
    topics.send("/t", json("1")).orTimeout(20, TimeUnit.SECONDS).join();
    Eventually.within(SOON, "who came early hears it", () -> early.equals(List.of("/t 1 own")));

    topics.close();

    assertThat(topics.ready()).isFalse();
    code(ErrorCode.REPLICATOR_NOT_READY, () -> topics.send("/t", json("1")));
  }

  @Test
  void whatIsNoMessageIsRefused() {
    two();

    code(ErrorCode.TOPIC_INVALID, () -> topicsOfA.send(" ", json("1")));
    code(ErrorCode.TOPIC_INVALID, () -> topicsOfA.send("x".repeat(257), json("1")));
    code(ErrorCode.TOPIC_INVALID, () -> topicsOfA.send(Topics.SECURITY, json("1")));
    code(ErrorCode.TOPIC_INVALID, () -> topicsOfA.send("/t", json("{")));
    code(ErrorCode.TOPIC_INVALID, () -> topicsOfA.send("/t", json("")));
    code(
        ErrorCode.TOPIC_INVALID,
        () -> topicsOfA.send("/t", json("\"" + "x".repeat(Topics.PAYLOAD_MAX) + "\"")));
  }

  @Test
  void aListenerThatStandsStillMissesSomeAndIsToldHowMany() throws Exception {
    two();
    CountDownLatch go = new CountDownLatch(1);
    AtomicLong count = new AtomicLong();
    AtomicLong missed = new AtomicLong();
    topicsOfB.on(
        "",
        new Topics.Listener() {
          @Override
          public void heard(String topic, byte[] payload, boolean local, String origin) {
            try {
              assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            count.incrementAndGet();
          }

          @Override
          public void missed(long some) {
            missed.addAndGet(some);
          }
        });
    // Twice of what may wait.
    byte[] payload = json("\"" + "x".repeat(Topics.PAYLOAD_MAX - 10) + "\"");
    for (int i = 0; i < 64; i++) topicsOfB.told("/own", payload);
    topicsOfB.told("/own", json("1"));

    go.countDown();

    Eventually.within(SOON, "all are accounted for", () -> count.get() + missed.get() == 65);
    assertThat(missed.get()).isBetween(30L, 40L);
  }

  @Test
  void whoThrowsDoesNotKeepOthersFromHearing() {
    two();
    topicsOfB.on(
        "/t",
        (_, _, _, _) -> {
          throw new IllegalStateException("a listener's own trouble");
        });
    List<String> there = heard(topicsOfB, "/t");

    topicsOfA.send("/t", json("1"));
    topicsOfA.send("/t", json("2"));

    Eventually.within(SOON, "both are heard", () -> there.size() == 2);
  }
}
