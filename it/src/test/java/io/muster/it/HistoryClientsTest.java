package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Event;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What npm clients get that come back, while members are killed and stopped; and what stays on its
/// member.
class HistoryClientsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String HISTORY =
      "realtime.history=[{\"path\":\"/h/**\",\"size\":500,\"age\":\"5m\"}]";
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  private void start(String name, int size, String... flags) {
    Tools.clients();
    cluster = Cluster.prepare(name, size, null);
    List<String> set = new ArrayList<>();
    for (String f : flags) set.addAll(List.of("--set", f));
    cluster.members.forEach(m -> m.start(set.toArray(String[]::new)));
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    node = new HappnClients(HappnClients.CURRENT);
  }

  private static List<Integer> values(List<Event> events) {
    return events.stream().map(e -> e.data().path("n").asInt()).toList();
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.rangeClosed(from, to).boxed().toList();
  }

  private static void gets(List<Event> events, List<Integer> all) {
    try {
      Eventually.within(SOON, "all " + all.size(), () -> events.size() >= all.size());
    } catch (AssertionError e) {
      assertThat(values(events)).isEqualTo(all);
      throw e;
    }
    assertThat(values(events)).isEqualTo(all);
  }

  private static void publish(Client client, int n) {
    client.call("publish", Map.of("path", "/s/x", "data", Map.of("n", n)));
  }

  private JsonNode resumed(String client) {
    JsonNode[] last = new JsonNode[1];
    Eventually.within(
        SOON,
        client + " is told",
        () -> {
          for (JsonNode e : node.clientEvents) {
            if (e.path("as").asString("").equals(client)
                && e.path("event").asString("").equals("subscription-resumed")) {
              last[0] = e.path("detail");
            }
          }
          return last[0] != null;
        });
    return last[0];
  }

  @Test
  void aClientWhoseMemberIsKilledGetsWhatItMissedFromAnother() throws Exception {
    start("history", 3, HISTORY);
    Client listener = node.connect("listener", cluster.member(0));
    Client beside = node.connect("beside", cluster.member(0));
    Client elsewhere = node.connect("elsewhere", cluster.member(1));
    List<Event> got = new CopyOnWriteArrayList<>();
    listener.resume("/h/*", null, got::add);
    for (int n = 1; n <= 20; n++) {
      (n % 2 == 0 ? beside : elsewhere).set("/h/" + n % 3, Map.of("n", n));
    }
    gets(got, range(1, 20));
    String position = got.getLast().meta().path("position").asString("");
    assertThat(position).isNotEmpty();
    listener.disconnect();

    // Told to their publisher by a member that is killed then, and by one that goes on.
    for (int n = 21; n <= 30; n++) beside.set("/h/" + n % 3, Map.of("n", n));
    cluster.member(0).kill();
    for (int n = 31; n <= 40; n++) elsewhere.set("/h/" + n % 3, Map.of("n", n));

    List<Event> after = new CopyOnWriteArrayList<>();
    Client back = node.connect("back", cluster.member(2));
    back.resume("/h/*", position, after::add);
    JsonNode how = resumed("back");
    for (int n = 41; n <= 45; n++) elsewhere.set("/h/" + n % 3, Map.of("n", n));

    assertThat(how.path("recovered").asBoolean()).as(how.toString()).isTrue();
    assertThat(how.path("missed").asInt()).isEqualTo(20);
    gets(after, range(21, 45));
    assertThat(MusterCommand.done(cluster.member(2), "streams")).contains("history  45");
  }

  @Test
  void aPeerThatIsStoppedForASecondMissesNothingAndStays() {
    start("stopped", 2);
    Client listener = node.connect("listener", cluster.member(1));
    Client publisher = node.connect("publisher", cluster.member(0));
    List<Event> got = new CopyOnWriteArrayList<>();
    listener.on("/s/*", got::add);

    cluster.member(1).signal("STOP");
    long until = System.nanoTime() + 1_000_000_000L;
    int n = 0;
    while (System.nanoTime() < until) publish(publisher, ++n);
    cluster.member(1).signal("CONT");
    int all = n + 1;
    publish(publisher, all);

    gets(got, range(1, all));
    JsonNode stream = cluster.member(1).adminJson("/v1/streams").path("streams").path(0);
    assertThat(stream.path("name").asString("")).isEqualTo("m0");
    assertThat(stream.path("lost").asLong()).isZero();
    assertThat(stream.path("received").asLong()).isGreaterThanOrEqualTo(all);
    for (JsonNode m : cluster.member(0).adminJson("/v1/members").path("members")) {
      assertThat(m.path("state").asString("")).isNotEqualTo("failed");
    }
  }

  @Test
  void whatIsNotForTheClusterStaysOnItsMember() {
    start("masks", 2, "realtime.replicate=/a/*,/*/b");
    Client here = node.connect("here", cluster.member(0));
    Client there = node.connect("there", cluster.member(1));
    List<Event> near = new CopyOnWriteArrayList<>();
    List<Event> far = new CopyOnWriteArrayList<>();
    here.on("**", near::add);
    there.on("**", far::add);

    here.set("/a/b", Map.of("n", 1));
    here.set("/c/d", Map.of("n", 2));
    here.set("/a/x", Map.of("n", 3), Map.of("noCluster", true));
    here.set("/a/x", Map.of("n", 4), Map.of("targetClients", List.of(there.session())));
    here.set("/c/b", Map.of("n", 5));

    gets(near, List.of(1, 2, 3, 5));
    gets(far, List.of(1, 4, 5));
  }
}
