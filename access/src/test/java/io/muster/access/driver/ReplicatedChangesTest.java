package io.muster.access.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.AccessSettings;
import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.access.core.AccessJson;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.registry.driver.GroupRegistry;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What other parts of each member are told of changes of users and rights.
class ReplicatedChangesTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private final MemoryGroups groups = new MemoryGroups();
  private final RegistryAccess a = member("a");
  private final RegistryAccess b = member("b");

  private RegistryAccess member(String name) {
    return RegistryAccess.start(
        GroupRegistry.start(groups).join(),
        AccessSettings.of(true, Optional.of(new Secret("admin's")), 10_000),
        name,
        TimeSource.system());
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  /// `event key` of each change.
  private static List<String> changes(RegistryAccess of) {
    List<String> all = new CopyOnWriteArrayList<>();
    of.replicate(
        change -> {
          JsonNode tree = AccessJson.tree(change);
          String event = tree.propertyNames().iterator().next();
          String key = tree.path(event).propertyNames().iterator().next();
          assertThat(tree.path(event).path(key).has("changedData")).isTrue();
          assertThat(tree.toString()).doesNotContain("a password");
          all.add(event + " " + key);
        });
    return all;
  }

  @Test
  void allMembersTellAllChangesInTheOrderInWhichTheyWereMade() {
    List<String> here = changes(a);
    List<String> there = changes(b);
    Directory d = a.directory();
    Directory other = b.directory();

    d.upsertUser(new Directory.UserChange("bob", "a password", null, null, null, Map.of()), true)
        .join();
    d.upsertGroup(new Directory.GroupChange("g", null, Map.of()), true).join();
    other.link("g", "bob").join();
    d.unlink("g", "bob").join();
    other.link("g", "bob").join();
    d.upsertPermission(Holder.ofGroup("g"), "/a", Action.GET, true).join();
    d.removePermission(Holder.ofGroup("g"), "/a", Action.GET).join();
    other.addToTable("t", List.of("/x")).join();
    d.deleteGroup("g").join();
    d.deleteUser("bob").join();

    List<String> all =
        List.of(
            "upsert-user bob",
            "upsert-group g",
            "link-group bob",
            "unlink-group bob",
            "link-group bob",
            "permission-upserted g",
            "permission-removed g",
            "lookup-table-changed t",
            "delete-group g",
            "delete-user bob");
    Eventually.within(SOON, "a tells all of it", () -> here.equals(all));
    Eventually.within(SOON, "and so does b", () -> there.equals(all));
  }
}
