package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// `security.allow_nested_permissions` with npm clients on two members: what happn's manual shows.
class NestedPermissionsTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static Cluster cluster;

  @BeforeAll
  static void start() {
    cluster = Cluster.prepare("nested", 2, "the admin's password");
    cluster.members.forEach(m -> m.start("--set", "security.allow_nested_permissions=true"));
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {HappnClients.CURRENT, HappnClients.PREVIOUS})
  void aSubscriptionFollowsTheRightsBelowIt(String module) throws Exception {
    MemberProcess here = cluster.member(0);
    MemberProcess there = cluster.member(1);
    String t = "/" + module;
    String user = "bob-" + module;
    AdminRpc admin = new AdminRpc(here);
    Map<String, ?> may = Map.of("actions", List.of("get", "on"));
    admin.call(
        "security.users.upsertUser",
        Map.of(
            "username",
            user,
            "password",
            "bob's",
            "permissions",
            Map.of(t + "/1", may, t + "/2/3", may)));
    try (HappnClients clients = new HappnClients(module)) {
      var publisher = clients.connect("admin", here);
      var bob = clients.connect("bob", there.host(), there.clientPort(), user, "bob's");
      for (String path : List.of("/1", "/2/3", "/9")) publisher.set(t + path, Map.of("at", path));

      JsonNode got = bob.get(t + "/**");
      assertThat(got.findValuesAsString("at")).containsExactlyInAnyOrder("/1", "/2/3");
      assertThatThrownBy(() -> bob.get(t + "/9/**")).hasMessageContaining("unauthorized");

      List<String> seen = new CopyOnWriteArrayList<>();
      bob.on(t + "/**", e -> seen.add(e.data().path("at").asString("")));
      assertThatThrownBy(() -> bob.on(t + "/8/**", _ -> {})).hasMessageContaining("unauthorized");
      for (String path : List.of("/9", "/2/3")) publisher.set(t + path, Map.of("at", path));
      Eventually.within(SOON, "bob sees what he may", () -> seen.contains("/2/3"));
      assertThat(seen).containsExactly("/2/3");

      // Granted and taken on one member, it holds for a session on the other.
      admin.call("security.users.upsertPermission", user, t + "/9", "on", true);
      Eventually.within(
          SOON,
          "bob sees what was granted",
          () -> {
            publisher.set(t + "/9", Map.of("at", "/9"));
            return seen.contains("/9");
          });
      admin.call("security.users.upsertPermission", user, t + "/2/*", "on", false);
      admin.call("security.users.upsertPermission", user, t + "/end", "on", true);
      Eventually.within(
          SOON,
          "bob sees the end",
          () -> {
            publisher.set(t + "/end", Map.of("at", "/end"));
            return seen.contains("/end");
          });
      seen.clear();
      for (String path : List.of("/2/3", "/end")) publisher.set(t + path, Map.of("at", path));
      Eventually.within(SOON, "bob sees the end", () -> seen.contains("/end"));
      assertThat(seen).doesNotContain("/2/3");
    }
  }

  @Test
  void aRemovalOfAllBelowNeedsTheRightToIt() throws Exception {
    MemberProcess here = cluster.member(0);
    AdminRpc admin = new AdminRpc(here);
    admin.call(
        "security.users.upsertUser",
        Map.of(
            "username",
            "eve",
            "password",
            "eve's",
            "permissions",
            Map.of("/e/1", Map.of("actions", List.of("*")))));
    try (HappnClients clients = new HappnClients(HappnClients.CURRENT)) {
      var eve = clients.connect("eve", here.host(), here.clientPort(), "eve", "eve's");
      eve.set("/e/1", Map.of("n", 1));

      assertThatThrownBy(() -> eve.remove("/e/**")).hasMessageContaining("unauthorized");
      assertThat(eve.get("/e/**").findValuesAsString("n")).isNotEmpty();
    }
  }
}
