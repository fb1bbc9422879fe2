package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Event;
import io.muster.it.HappnClients.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// How unmodified clients ask for records by what is in them, on a secured cluster, from whichever
/// member.
class CriteriaClientsTest {
  private static Cluster cluster;
  private static HappnClients node;
  private static int next;

  @BeforeAll
  static void start() {
    Tools.clients();
    cluster = Cluster.start("criteria", 3, "a password of the tests");
    node = new HappnClients(HappnClients.CURRENT);
  }

  @AfterAll
  static void stop() {
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  private static Client client(int member) {
    return node.connect("c" + ++next, cluster.member(member));
  }

  private static List<String> paths(JsonNode answer) {
    List<String> all = new ArrayList<>();
    answer.forEach(r -> all.add(r.path("_meta").path("path").asString()));
    return all;
  }

  /// Five towns, written by one member.
  private static String towns() {
    String root = "/towns" + ++next + "/";
    Client writer = client(0);
    Object[][] towns = {
      {"a", "Aachen", 249, "west", List.of("spa", "cathedral")},
      {"b", "Berlin", 3755, "east", List.of("capital")},
      {"c", "Bremen", 563, "north", List.of("harbour", "cathedral")},
      {"d", "Celle", 69, "north", List.of()},
      {"e", "Dresden", 555, "east", List.of("harbour")},
    };
    for (Object[] t : towns) {
      writer.set(
          root + t[0],
          Map.of("name", t[1], "people", t[2], "at", Map.of("region", t[3]), "has", t[4]));
    }
    return root;
  }

  private static List<String> found(Client c, String root, Map<String, ?> options) {
    return paths(c.get(root + "*", options)).stream().map(p -> p.substring(root.length())).toList();
  }

  @Test
  void criteriaAreUnderstoodOnEveryMember() {
    String root = towns();

    for (int m = 0; m < 3; m++) {
      Client c = client(m);
      Map<String, List<String>> expected =
          Map.of(
              "{\"people\":{\"$gt\":500,\"$lt\":600}}", List.of("c", "e"),
              "{\"at.region\":\"east\",\"has\":\"harbour\"}", List.of("e"),
              "{\"data.name\":{\"$regex\":\"^b\",\"$options\":\"i\"}}", List.of("b", "c"),
              "{\"name\":{\"$like\":\"%re%\"}}", List.of("c", "e"),
              "{\"$or\":[{\"people\":69},{\"has\":{\"$size\":2}}]}", List.of("a", "c", "d"),
              "{\"at\":{\"region\":\"west\"}}", List.of("a"),
              "{\"name\":{\"$in\":[\"Celle\",\"Nowhere\"]}}", List.of("d"),
              "{\"_meta.path\":{\"$like\":\"%b\"}}", List.of("b"),
              "{\"mayor\":{\"$exists\":true}}", List.of());
      expected.forEach(
          (criteria, wanted) ->
              assertThat(found(c, root, Map.of("criteria", HappnClients.JSON.readTree(criteria))))
                  .as(criteria)
                  .isEqualTo(wanted));
    }
  }

  @Test
  void answersAreSortedPagedAndCut() {
    String root = towns();
    Client c = client(1);

    Map<String, ?> page =
        Map.of(
            "fields",
            Map.of("name", 1, "at.region", 1),
            "options",
            Map.of("sort", Map.of("people", -1), "skip", 1, "limit", 2));
    JsonNode found = c.get(root + "*", page);

    assertThat(found.size()).isEqualTo(2);
    assertThat(found.get(0).path("name").asString()).isEqualTo("Bremen");
    assertThat(found.get(1).path("name").asString()).isEqualTo("Dresden");
    assertThat(found.get(0).path("at").path("region").asString()).isEqualTo("north");
    assertThat(found.get(0).has("people")).isFalse();
    assertThat(found.get(0).path("_meta").size()).isZero();
    JsonNode one = c.get(root + "a", Map.of("fields", Map.of("people", 1, "path", 1)));
    assertThat(one.path("people").asInt()).isEqualTo(249);
    assertThat(one.has("name")).isFalse();
    assertThat(one.path("_meta").path("path").asString()).isEqualTo(root + "a");
  }

  @Test
  void pathsAndTimesOfCreationAreAskedForByTheClientItself() {
    String root = towns();
    Client c = client(2);
    JsonNode all = c.get(root + "*");
    long from = all.get(1).path("_meta").path("created").asLong();
    long to = all.get(3).path("_meta").path("created").asLong();

    JsonNode between = c.call("createdBetween", Map.of("path", root + "*", "from", from, "to", to));

    assertThat(paths(between)).contains(root + "b", root + "c", root + "d");
    assertThat(between)
        .allSatisfy(r -> assertThat(r.path("_meta").path("created").asLong()).isBetween(from, to));
    JsonNode none = c.call("createdBetween", Map.of("path", root + "*", "from", 1, "to", 2));
    assertThat(none.size()).isZero();
    assertThat(paths(c.call("paths", Map.of("path", root + "*")))).hasSize(5);
  }

  @Test
  void countsAndRemovalsTakeCriteria() throws Exception {
    String root = towns();
    Client c = client(1);
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    c.on(root + "*", events::add);
    Map<String, ?> small = Map.of("criteria", Map.of("people", Map.of("$lt", 500)));

    JsonNode counted = c.call("count", Map.of("path", root + "*", "options", small));
    JsonNode removed = c.call("remove", Map.of("path", root + "*", "options", small));

    assertThat(counted.path("value").asInt()).isEqualTo(2);
    assertThat(removed.path("removed").asInt()).isEqualTo(2);
    Event event = events.poll(10, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    assertThat(event.data().path("removed").asInt()).isEqualTo(2);
    for (int m = 0; m < 3; m++) {
      assertThat(found(client(m), root, Map.of())).containsExactly("b", "c", "e");
    }
  }

  @Test
  void aWriteMayBeForWhatIsThereOrForWhatIsNot() {
    String path = "/upsert" + ++next;
    Client a = client(0);
    Client b = client(2);

    Map<String, ?> update = Map.of("upsertType", 1);
    Map<String, ?> insert = Map.of("upsertType", 2);
    assertThatThrownBy(() -> a.set(path, Map.of("v", 1), update))
        .isInstanceOfSatisfying(Refused.class, e -> assertThat(e.code).isEqualTo(409));
    assertThat(a.set(path, Map.of("v", 2), insert).path("v").asInt()).isEqualTo(2);
    assertThatThrownBy(() -> b.set(path, Map.of("v", 3), insert))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("there is a record already");
    assertThat(b.set(path, Map.of("v", 4), update).path("v").asInt()).isEqualTo(4);
    assertThat(a.get(path).path("v").asInt()).isEqualTo(4);
  }

  @Test
  void whatCannotBeAnsweredIsSaid() {
    Client c = client(0);
    Map<Map<String, ?>, String> refused =
        Map.of(
            Map.of("criteria", Map.of("a", Map.of("$near", 1))), "unknown operator: $near",
            Map.of("criteria", Map.of("a", Map.of("$regex", 1))),
                "$regex parameter value must be an Array or a string",
            Map.of("criteria", List.of()), "criteria must be an object",
            Map.of("aggregate", List.of(Map.of())),
                "aggregate feature not available for provider on path: /x/*",
            Map.of("options", Map.of("collation", Map.of("locale", "en"))),
                "collation feature not available for provider on path: /x/*");

    refused.forEach(
        (options, why) ->
            assertThatThrownBy(() -> c.get("/x/*", options))
                .isInstanceOf(Refused.class)
                .hasMessageContaining(why));
  }
}
