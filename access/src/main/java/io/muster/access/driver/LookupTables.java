package io.muster.access.driver;

import static io.muster.access.driver.Changes.attempt;
import static io.muster.access.driver.Changes.ready;
import static io.muster.access.driver.Changes.told;

import io.muster.access.Action;
import io.muster.access.Directory.TableRule;
import io.muster.access.Holder;
import io.muster.access.core.AccessJson;
import io.muster.access.core.AccessKeys;
import io.muster.access.core.AccessModel;
import io.muster.access.core.GroupRecord;
import io.muster.access.core.Names;
import io.muster.access.core.Rights;
import io.muster.access.core.TablePermission;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.RegistryBatch;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// Lookup tables and the groups' permissions through them, see [io.muster.access.Directory].
final class LookupTables {
  private static final byte[] THERE = {1};

  private final Changes changes;

  LookupTables(Changes changes) {
    this.changes = changes;
  }

  CompletableFuture<Void> addToTable(String table, List<String> paths) {
    return attempt(
        () -> {
          Names.table(table);
          paths.forEach(Names::path);
          RegistryBatch batch = new RegistryBatch();
          for (String path : paths) batch.put(AccessKeys.tablePath(table, plain(path)), THERE);
          return changes.changed(
              told(batch, Notices.named("lookup-table-changed", "table", table)));
        });
  }

  /// Paths of tables have no slash before them.
  private static String plain(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  CompletableFuture<Boolean> removeFromTable(String table, String path) {
    return changes.taken(
        AccessKeys.tablePath(table, plain(path)),
        Notices.named("lookup-table-changed", "table", table));
  }

  CompletableFuture<Void> deleteTable(String table) {
    return attempt(
        () -> {
          Names.table(table);
          return changes.changed(
              told(
                  new RegistryBatch().removeAll(AccessKeys.table(table)),
                  Notices.named("lookup-table-changed", "table", table)));
        });
  }

  CompletableFuture<List<String>> table(String table) {
    return changes.ask(m -> m.table(table).stream().sorted().toList());
  }

  CompletableFuture<List<String>> tables() {
    return changes.ask(AccessModel::tables);
  }

  CompletableFuture<Map<String, List<TableRule>>> rules(String group) {
    return changes.ask(
        m -> {
          Map<String, List<TableRule>> found = new TreeMap<>();
          for (GroupRecord g : m.groups(group)) {
            List<TableRule> of =
                m.tablePermissionsOf(g.name()).stream().map(LookupTables::view).toList();
            if (!of.isEmpty()) found.put(g.name(), of);
          }
          return found;
        });
  }

  private static TableRule view(TablePermission p) {
    return new TableRule(
        p.table(),
        p.regex(),
        p.actions().stream().flatMap(a -> Action.of(a).stream()).toList(),
        p.path());
  }

  private static TablePermission kept(TableRule rule) {
    return new TablePermission(
        rule.table(),
        rule.regex(),
        rule.actions().stream().map(Action::text).toList(),
        rule.path());
  }

  private static String key(String group, TableRule rule) {
    byte[] json = AccessJson.write(List.of(rule.regex(), rule.path()));
    return AccessKeys.tablePermission(group, rule.table(), UUID.nameUUIDFromBytes(json).toString());
  }

  CompletableFuture<Void> upsertTableRule(String group, TableRule rule) {
    return attempt(
        () -> {
          Names.table(rule.table());
          Names.path(rule.path());
          Rights.checkRegex(rule.regex());
          if (rule.actions().isEmpty()) {
            throw new MusterException(
                ErrorCode.ACCESS_INVALID, "validation failure: no actions specified");
          }
          return changes.change(
              AccessKeys.group(group),
              there -> {
                if (there == null) throw RegistryDirectory.missing(Holder.ofGroup(group));
                return ready(
                    told(
                        new RegistryBatch()
                            .onlyIfPresent(AccessKeys.group(group))
                            .put(key(group, rule), AccessJson.write(kept(rule))),
                        Notices.named("lookup-permission-changed", "group", group)));
              });
        });
  }

  CompletableFuture<Boolean> removeTableRule(String group, TableRule rule) {
    return changes.taken(
        key(group, rule), Notices.named("lookup-permission-changed", "group", group));
  }
}
