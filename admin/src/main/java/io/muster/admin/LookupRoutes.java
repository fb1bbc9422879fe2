package io.muster.admin;

import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Permissions;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Lookup tables and the permissions through them: `/v1/lookup_tables` and
/// `/v1/lookup_permissions`, for `muster lookup`. Every change is logged.
final class LookupRoutes {
  private static final Logger log = LoggerFactory.getLogger(LookupRoutes.class);

  private final AdminFaces faces;

  LookupRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/lookup_tables", this::tables),
        Route.guarded("GET", "/v1/lookup_tables/{name}", this::table),
        Route.guarded("PUT", "/v1/lookup_tables/{name}", this::add),
        Route.guarded("DELETE", "/v1/lookup_tables/{name}", this::remove, "path"),
        Route.guarded("GET", "/v1/lookup_permissions", this::rules, "group"),
        Route.guarded(
            "PUT",
            "/v1/lookup_permissions",
            this::allow,
            "group",
            "table",
            "regex",
            "path",
            "action"),
        Route.guarded(
            "DELETE", "/v1/lookup_permissions", this::forget, "group", "table", "regex", "path"));
  }

  private Directory directory() {
    return SecurityCalls.directory(faces);
  }

  private void tables(Exchange x) throws IOException {
    x.json(200, Map.of("tables", Waiting.on(directory().tables())));
  }

  private void table(Exchange x) throws IOException {
    x.json(200, view(x.rest()));
  }

  private Map<String, Object> view(String name) {
    List<String> paths = Waiting.on(directory().table(name));
    if (paths.isEmpty()) {
      throw new MusterException(ErrorCode.ACCESS_NOT_FOUND, "there is no lookup table " + name);
    }
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("name", name);
    v.put("paths", paths);
    return v;
  }

  private void add(Exchange x) throws IOException {
    List<String> paths = paths(x);
    Waiting.on(directory().addToTable(x.rest(), paths));
    log.info("lookup_table_filled name={} paths={} by=admin", x.rest(), paths.size());
    x.json(200, view(x.rest()));
  }

  private static List<String> paths(Exchange x) throws IOException {
    String expected = "expected a body such as {\"paths\":[\"device/1\"]}";
    JsonNode body;
    try {
      body = Exchange.JSON.readTree(x.body());
    } catch (JacksonException e) {
      throw new MusterException(ErrorCode.BAD_REQUEST, expected + ": " + e.getOriginalMessage(), e);
    }
    List<String> paths = new ArrayList<>();
    for (JsonNode path : body.path("paths")) {
      if (!path.isString()) throw bad(expected);
      paths.add(path.asString());
    }
    if (paths.isEmpty() || body.size() != 1) throw bad(expected);
    return paths;
  }

  /// One path of it, or all of it.
  private void remove(Exchange x) throws IOException {
    long removed;
    if (x.query("path").isPresent()) {
      removed = Waiting.on(directory().removeFromTable(x.rest(), x.query("path").get())) ? 1 : 0;
    } else {
      removed = Waiting.on(directory().table(x.rest())).size();
      Waiting.on(directory().deleteTable(x.rest()));
    }
    log.info("lookup_table_reduced name={} paths={} by=admin", x.rest(), removed);
    x.json(200, Map.of("removed", removed));
  }

  private void rules(Exchange x) throws IOException {
    Map<String, List<Directory.TableRule>> found =
        Waiting.on(directory().tableRules(x.query("group").orElse("*")));
    List<Map<String, Object>> rows = new ArrayList<>();
    found.forEach((group, rules) -> rules.forEach(r -> rows.add(view(group, r))));
    x.json(200, Map.of("permissions", rows));
  }

  private static Map<String, Object> view(String group, Directory.TableRule r) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("group", group);
    v.put("table", r.table());
    v.put("regex", r.regex());
    v.put("actions", r.actions().stream().map(Action::text).toList());
    v.put("path", r.path());
    return v;
  }

  private void allow(Exchange x) throws IOException {
    String path = required(x, "path");
    List<Action> actions = new ArrayList<>();
    for (String a : required(x, "action").split(",", -1)) actions.add(Permissions.action(path, a));
    Directory.TableRule rule = rule(x, actions);
    String group = required(x, "group");
    Waiting.on(directory().upsertTableRule(group, rule));
    log.info("lookup_permission_set group={} table={} by=admin", group, rule.table());
    x.json(200, view(group, rule));
  }

  private void forget(Exchange x) throws IOException {
    String group = required(x, "group");
    boolean was = Waiting.on(directory().removeTableRule(group, rule(x, List.of())));
    if (was) log.info("lookup_permission_removed group={} by=admin", group);
    x.json(200, Map.of("removed", was ? 1 : 0));
  }

  private static Directory.TableRule rule(Exchange x, List<Action> actions) {
    return new Directory.TableRule(
        required(x, "table"), required(x, "regex"), actions, required(x, "path"));
  }

  private static String required(Exchange x, String name) {
    return x.query(name)
        .filter(v -> !v.isBlank())
        .orElseThrow(() -> bad("query: expected " + name + "=…"));
  }

  private static MusterException bad(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }
}
