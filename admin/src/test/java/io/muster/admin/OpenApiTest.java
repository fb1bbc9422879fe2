package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.Action;
import io.muster.kernel.ClusterSetting;
import io.muster.membership.MemberState;
import io.muster.registry.Consensus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The document and the server say the same.
class OpenApiTest {
  @TempDir Path directory;
  private AdminFixture admin;
  private JsonNode document;

  @BeforeEach
  void read() throws Exception {
    admin = new AdminFixture(directory);
    document = AdminFixture.json(admin.get("/v1/openapi.json"));
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  /// `METHOD path` → operation.
  private Map<String, JsonNode> operations() {
    Map<String, JsonNode> found = new TreeMap<>();
    for (var path : document.path("paths").properties()) {
      for (var method : path.getValue().properties()) {
        found.put(
            method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), method.getValue());
      }
    }
    return found;
  }

  private static Set<String> parameters(JsonNode operation, String in) {
    Set<String> names = new TreeSet<>();
    for (JsonNode p : operation.path("parameters")) {
      if (p.path("in").asString().equals(in)) names.add(p.path("name").asString());
    }
    return names;
  }

  @Test
  void everyRouteIsDescribedAndNothingElse() {
    Set<String> routes = new TreeSet<>();
    for (Route r : admin.server.table()) routes.add(r.method() + " " + r.path());

    assertThat(operations().keySet()).isEqualTo(routes);
  }

  @Test
  void parametersAndSecurityAreThoseOfTheRoutes() {
    Map<String, JsonNode> operations = operations();
    for (Route r : admin.server.table()) {
      JsonNode o = operations.get(r.method() + " " + r.path());
      assertThat(parameters(o, "query")).as(r.path()).isEqualTo(new TreeSet<>(r.parameters()));
      int brace = r.path().indexOf('{');
      assertThat(parameters(o, "path"))
          .as(r.path())
          .isEqualTo(
              brace < 0 ? Set.of() : Set.of(r.path().substring(brace + 1, r.path().length() - 1)));
      assertThat(o.has("security")).as(r.path() + " is open").isEqualTo(r.open());
      boolean login = r.method().equals("POST") && r.path().equals("/v1/login");
      assertThat(o.path("responses").has("401")).as(r.path()).isEqualTo(!r.open() || login);
    }
  }

  @Test
  void everyOperationHasItsOwnIdASummaryAndDescribedAnswers() {
    Set<String> ids = new HashSet<>();
    for (var o : operations().entrySet()) {
      assertThat(ids.add(o.getValue().path("operationId").asString())).as(o.getKey()).isTrue();
      assertThat(o.getValue().path("summary").asString()).as(o.getKey()).isNotBlank();
      assertThat(o.getValue().path("responses").size()).as(o.getKey()).isPositive();
    }
    assertThat(document.path("openapi").asString()).startsWith("3.1.");
  }

  @Test
  void everyReferenceHolds() {
    List<String> broken = new ArrayList<>();
    Set<String> used = new TreeSet<>();
    collect(document, used);
    for (String ref : used) {
      if (document.at(ref.substring(1)).isMissingNode()) broken.add(ref);
    }
    assertThat(broken).isEmpty();
    assertThat(used).hasSizeGreaterThan(10);
  }

  private static void collect(JsonNode node, Set<String> used) {
    if (node.isObject() && node.has("$ref")) used.add(node.path("$ref").asString());
    for (JsonNode child : node) collect(child, used);
  }

  @Test
  void enumerationsAreComplete() {
    assertThat(values("Member", "state")).isEqualTo(lower(MemberState.values()));
    assertThat(values("Setting", "change")).isEqualTo(lower(ClusterSetting.Change.values()));
    assertThat(values("Group", "role")).isEqualTo(lower(Consensus.View.Role.values()));
  }

  private List<String> values(String schema, String property) {
    List<String> found = new ArrayList<>();
    JsonNode at = document.at("/components/schemas/" + schema + "/properties/" + property);
    for (JsonNode v : at.path("enum")) found.add(v.asString());
    return found;
  }

  private static List<String> lower(Enum<?>[] all) {
    return Arrays.stream(all).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
  }

  @Test
  void answersAreAsDescribed() throws Exception {
    admin.send("PUT", "/v1/data/sensors/1", "{\"t\":1}");
    Map<String, String> asked =
        Map.ofEntries(
            Map.entry("/v1/status", "Status"),
            Map.entry("/v1/members", "Members"),
            Map.entry("/v1/registry", "Groups"),
            Map.entry("/v1/connections", "Connections"),
            Map.entry("/v1/settings", "Settings"),
            Map.entry("/v1/settings/s.room", "Setting"),
            Map.entry("/v1/errors/no_quorum", "ErrorRow"),
            Map.entry("/v1/secret", "SecretView"),
            Map.entry("/v1/explain/readiness", "Readiness"),
            Map.entry("/v1/data/sensors/1", "Record"),
            Map.entry("/v1/data/sensors/*", "Records"),
            Map.entry("/v1/data/sensors/*?count", "Count"),
            Map.entry("/v1/login", "Login"),
            Map.entry("/v1/rates", "Rates"),
            Map.entry("/v1/children/sensors", "Children"),
            Map.entry("/v1/nowhere", "Problem"));
    for (var a : asked.entrySet()) {
      check(AdminFixture.json(admin.get(a.getKey())), schema(a.getValue()), a.getKey());
    }
    check(
        AdminFixture.json(admin.send("DELETE", "/v1/data/sensors/1", "")),
        schema("Removed"),
        "removed");
    check(AdminFixture.json(admin.send("POST", "/v1/drain", "")), schema("Drained"), "drain");
    check(AdminFixture.json(admin.send("DELETE", "/v1/drain", "")), schema("Drained"), "off");
    check(
        AdminFixture.json(admin.send("POST", "/v1/secret", "")),
        schema("SecretRotated"),
        "rotated");
    check(
        AdminFixture.json(admin.send("POST", "/v1/secret/reload", "")),
        schema("SecretHeld"),
        "reloaded");
    check(AdminFixture.json(admin.send("POST", "/v1/leave", "")), schema("Left"), "leave");
    check(AdminFixture.json(admin.send("POST", "/v1/stop", "")), schema("Stopping"), "stop");
  }

  @Test
  void answersOfUsersAreAsDescribed() throws Exception {
    try (SecureFixture secure =
        new SecureFixture(Files.createDirectory(directory.resolve("secure")))) {
      AdminFixture a = secure.admin;
      check(a, "PUT", "/v1/users/bob", "{\"password\":\"p\"}", "User");
      check(a, "PUT", "/v1/groups/g", "{\"customData\":{\"a\":1}}", "UserGroup");
      check(a, "PUT", "/v1/links?group=g&user=bob", "", "User");
      String permission = "/v1/permissions?group=g&path=/a/*&action=get,set";
      check(a, "PUT", permission + "&effect=prohibit", "", "PermissionList");
      var session = secure.login("bob", "p");
      check(a, "GET", "/v1/users", "", "Users");
      check(a, "GET", "/v1/groups", "", "UserGroups");
      check(a, "GET", "/v1/groups/g", "", "UserGroup");
      check(a, "GET", "/v1/permissions", "", "PermissionList");
      check(a, "GET", "/v1/explain?user=bob&path=/a/b&action=set", "", "Explanation");
      check(a, "PUT", "/v1/lookup_tables/t", "{\"paths\":[\"/d/1\",\"d/2\"]}", "LookupTable");
      check(a, "GET", "/v1/lookup_tables", "", "LookupTables");
      check(a, "GET", "/v1/lookup_tables/t", "", "LookupTable");
      String lookup = "/v1/lookup_permissions?group=g&table=t&regex=%5E/x/(.)&path=d/1";
      check(a, "PUT", lookup + "&action=get,on", "", "LookupPermission");
      check(a, "GET", "/v1/lookup_permissions?group=*", "", "LookupPermissions");
      check(a, "DELETE", lookup, "", "Removed");
      check(a, "DELETE", "/v1/lookup_tables/t?path=d/1", "", "Removed");
      check(a, "DELETE", "/v1/lookup_tables/t", "", "Removed");
      check(a, "GET", "/v1/lookup_tables/t", "", "Problem");
      check(a, "PUT", "/v1/lookup_tables/t", "{\"paths\":[1]}", "Problem");
      check(a, "GET", "/v1/sessions", "", "SessionList");
      secure.access.recordActivity(true);
      session.check(Action.GET, "/a/b");
      check(a, "GET", "/v1/activity", "", "Activities");
      check(a, "GET", "/v1/listeners?session=" + session.id(), "", "Listeners");
      check(a, "PUT", "/v1/passwords/bob", "{\"password\":\"q\"}", "Changed");
      check(a, "DELETE", "/v1/sessions/" + session.id(), "", "SessionEnded");
      check(a, "POST", "/v1/tokens", "{\"token\":\"" + session.token() + "\"}", "Token");
      check(a, "GET", "/v1/tokens", "", "Tokens");
      check(a, "DELETE", permission, "", "Removed");
      check(a, "DELETE", "/v1/users/bob", "", "Removed");
    }
  }

  /// Every method of the table is named in the description of `/rpc`.
  @Test
  void everyMethodIsNamed() {
    Map<String, RpcMethod> methods = new TreeMap<>();
    new SecurityCalls(admin.member).enter(methods);
    new SessionCalls(admin.member).enter(methods);
    new DataCalls(admin.member, new DataRoutes(admin.member, null)).enter(methods);
    String description = operations().get("POST /rpc").path("description").asString();

    for (String name : methods.keySet()) {
      int dot = name.lastIndexOf('.');
      assertThat(description)
          .contains("`" + name.substring(0, dot + 1) + "`")
          .contains(name.substring(dot + 1));
    }
  }

  private void check(AdminFixture at, String method, String path, String body, String schema)
      throws Exception {
    check(AdminFixture.json(at.send(method, path, body)), schema(schema), path);
  }

  private JsonNode schema(String name) {
    return document.at("/components/schemas/" + name);
  }

  /// As much of JSON Schema as the document uses.
  private void check(JsonNode value, JsonNode schema, String where) {
    if (schema.has("$ref")) {
      check(value, document.at(schema.path("$ref").asString().substring(1)), where);
      return;
    }
    switch (schema.path("type").asString("")) {
      case "object" -> {
        assertThat(value.isObject()).as(where).isTrue();
        for (JsonNode name : schema.path("required")) {
          assertThat(value.has(name.asString())).as(where + "." + name.asString()).isTrue();
        }
        for (var member : value.properties()) {
          JsonNode known = schema.path("properties").path(member.getKey());
          boolean closed = schema.path("additionalProperties").isBoolean();
          if (closed) {
            assertThat(known.isMissingNode()).as(where + "." + member.getKey()).isFalse();
          }
          if (!known.isMissingNode()) {
            check(member.getValue(), known, where + "." + member.getKey());
          }
        }
      }
      case "array" -> {
        assertThat(value.isArray()).as(where).isTrue();
        for (JsonNode item : value) check(item, schema.path("items"), where + "[]");
      }
      case "string" -> assertThat(value.isString()).as(where).isTrue();
      case "boolean" -> assertThat(value.isBoolean()).as(where).isTrue();
      case "integer" -> assertThat(value.isIntegralNumber()).as(where).isTrue();
      case "number" -> assertThat(value.isNumber()).as(where).isTrue();
      default -> throw new AssertionError(where + ": the schema has no type known here");
    }
  }
}
