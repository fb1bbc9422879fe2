package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.AccessSession;
import io.muster.access.Action;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// JSON-RPC 2.0, and happn's administration by it.
class RpcTest {
  @TempDir Path directory;
  private SecureFixture secure;

  @BeforeEach
  void start() {
    secure = new SecureFixture(directory);
  }

  @AfterEach
  void stop() {
    secure.close();
  }

  private HttpResponse<String> post(String body) throws Exception {
    return secure.admin.send("POST", "/rpc", body);
  }

  private static JsonNode tree(String json) {
    return Exchange.JSON.readTree(json.replace('\'', '"'));
  }

  private void upsertBob(String permissions) throws Exception {
    secure.result(
        "security.users.upsertUser",
        "[{\"username\":\"bob\",\"password\":\"secret\",\"custom_data\":{\"area\":1},"
            + "\"permissions\":"
            + permissions
            + "}]");
  }

  // --- the protocol

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                              | -32700 | null",
        "'' | -32700 | null",
        "[1,2                                           | -32700 | null",
        "{} x                                           | -32700 | null",
        "[]                                             | -32600 | null",
        "1                                              | -32600 | null",
        "{}                                             | -32600 | null",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"} | -32600 | 1",
        "{\"jsonrpc\":\"2.0\",\"id\":1}                  | -32600 | 1",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":3}      | -32600 | 1",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\"}  | -32600 | null",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":3}     | -32600 | 1",
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"nothing\"}        | -32601 | \"x\"",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"data.get\"}           | -32602 | 1",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"data.get\",\"params\":[1]} | -32602 | 1",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"data.get\",\"params\":[\"/a\",{},1]} | -32602 |"
            + " 1",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"data.get\",\"params\":{\"pat\":1}} | -32602 |"
            + " 1",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"data.get\",\"params\":[\"/a\",{\"fields\":{}}]}"
            + " | -32602 | 1",
      })
  void whatIsNoRequestIsRefusedWithItsCode(String body, int code, String id) throws Exception {
    HttpResponse<String> answer = post(body == null ? "" : body);

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode a = AdminFixture.json(answer);
    assertThat(a.path("error").path("code").asInt()).as(answer.body()).isEqualTo(code);
    assertThat(a.path("error").path("message").asString()).isNotBlank();
    assertThat(a.path("id").toString()).isEqualTo(id);
    assertThat(a.path("jsonrpc").asString()).isEqualTo("2.0");
    assertThat(a.has("result")).isFalse();
  }

  @Test
  void aBatchIsAnsweredInOrderWithoutItsNotifications() throws Exception {
    String set =
        "{\"jsonrpc\":\"2.0\",%s\"method\":\"data.upsert\",\"params\":[\"/a\",{\"v\":%d}]}";
    String body =
        "["
            + set.formatted("", 1)
            + ",{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"data.get\",\"params\":{\"path\":\"/a\"}},"
            + set.formatted("\"id\":\"two\",", 2)
            + ",5]";

    JsonNode answers = AdminFixture.json(post(body));

    assertThat(answers).hasSize(3);
    assertThat(answers.get(0).path("id").isNull()).isTrue();
    assertThat(answers.get(0).at("/result/data/v").asInt()).isEqualTo(1);
    assertThat(answers.get(1).path("id").asString()).isEqualTo("two");
    assertThat(answers.get(1).at("/result/data/v").asInt()).isEqualTo(2);
    assertThat(answers.get(2).at("/error/code").asInt()).isEqualTo(-32600);

    HttpResponse<String> silent = post("[" + set.formatted("", 3) + "]");
    assertThat(silent.statusCode()).isEqualTo(204);
    assertThat(silent.body()).isEmpty();
    assertThat(post("[" + "1,".repeat(1000) + "1]").body()).contains("-32600");
  }

  @Test
  void nobodyCallsWithoutTheToken() throws Exception {
    HttpResponse<String> answer =
        secure.admin.send(
            java.net.http.HttpRequest.newBuilder(
                    java.net.URI.create("http://" + secure.admin.server.address() + "/rpc"))
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString("{}")));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(secure.admin.get("/rpc").statusCode()).isEqualTo(405);
  }

  /// Whatever comes, there is an answer, and it is one of JSON-RPC.
  @Test
  void noiseIsAnswered() throws Exception {
    Random random = new Random(20261121);
    String seed =
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"security.users.upsertUser\",\"params\":"
            + "[{\"username\":\"u\",\"password\":\"p\",\"permissions\":{\"/a\":{\"actions\":[\"get\"]}}}]},"
            + "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"data.upsert\",\"params\":{\"path\":\"/x\",\"data\":[]}}]";
    Rpc rpc = new Rpc(table());
    RpcMethod.Caller caller = new RpcMethod.Caller(java.net.InetAddress.getLoopbackAddress());
    for (int round = 0; round < 5000; round++) {
      byte[] bytes = seed.getBytes(StandardCharsets.UTF_8);
      int edits = 1 + random.nextInt(4);
      for (int i = 0; i < edits; i++) {
        int at = random.nextInt(bytes.length);
        if (random.nextBoolean()) bytes[at] = (byte) random.nextInt(256);
        else bytes[at] = (byte) "{}[],:\"0n".charAt(random.nextInt(9));
      }
      JsonNode answer = rpc.answer(bytes, caller).orElse(Exchange.JSON.createArrayNode());
      for (JsonNode a : answer.isArray() ? answer : Exchange.JSON.createArrayNode().add(answer)) {
        int code = a.at("/error/code").asInt(0);
        assertThat(a.has("result") || code < 0)
            .as(new String(bytes, StandardCharsets.ISO_8859_1))
            .isTrue();
        assertThat(code).as("%s: %s", new String(bytes), a).isNotEqualTo(Rpc.INTERNAL_ERROR);
      }
    }
    assertThat(rpc.answer("[".repeat(100_000).getBytes(StandardCharsets.UTF_8), caller))
        .hasValueSatisfying(a -> assertThat(a.at("/error/code").asInt()).isEqualTo(-32700));
  }

  private java.util.Map<String, RpcMethod> table() {
    java.util.Map<String, RpcMethod> table = new java.util.HashMap<>();
    FakeMember m = secure.admin.member;
    new SecurityCalls(m).enter(table);
    new SessionCalls(m).enter(table);
    new DataCalls(m, new DataRoutes(m, null)).enter(table);
    return table;
  }

  // --- users and groups, in happn's shapes

  @Test
  void usersAreAsHappnTellsThem() throws Exception {
    upsertBob("{\"/a/*\":{\"actions\":[\"get\",\"on\"],\"prohibit\":[\"set\"]}}");

    JsonNode bob = secure.result("security.users.getUser", "[\"bob\"]");

    assertThat(bob.propertyNames())
        .containsExactlyInAnyOrder("username", "userid", "custom_data", "permissions", "groups");
    assertThat(bob.path("permissions"))
        .isEqualTo(tree("{'/a/*':{'actions':['get','on'],'prohibit':['set']}}"));
    assertThat(bob.path("custom_data")).isEqualTo(tree("{'area':1}"));
    assertThat(bob.path("groups")).isEqualTo(tree("{}"));

    secure.result("security.groups.upsertGroup", "[{\"name\":\"readers\"}]");
    JsonNode linked =
        secure.result(
            "security.users.linkGroup", "[{\"name\":\"readers\"},{\"username\":\"bob\"}]");
    assertThat(linked)
        .isEqualTo(tree("{'_meta':{'path':'/_SYSTEM/_SECURITY/_USER/bob/_USER_GROUP/readers'}}"));
    assertThat(secure.result("security.users.getUser", "{\"name\":\"bob\"}").path("groups"))
        .isEqualTo(tree("{'readers':{'data':{}}}"));
    JsonNode alone = secure.result("security.users.getUser", "[\"bob\",{\"includeGroups\":false}]");
    assertThat(alone.has("groups")).isFalse();
    JsonNode of = secure.result("security.users.listUsersByGroup", "[\"readers\"]");
    assertThat(of).hasSize(1);
    assertThat(of.get(0).has("groups")).isFalse();
    assertThat(secure.result("security.users.listUsers", "[\"b\"]")).hasSize(1);
    assertThat(secure.result("security.users.listUsers", "[]")).hasSize(2);
    assertThat(secure.result("security.users.listUsers", "[\"*\",{\"count\":true}]"))
        .isEqualTo(tree("{'value':2}"));
    assertThat(secure.result("security.users.listUsers", "[\"*\",{\"skip\":1,\"limit\":5}]"))
        .hasSize(1);
    JsonNode unlinked = secure.result("security.groups.unlinkGroup", "[\"readers\",\"bob\"]");
    assertThat(unlinked.path("data")).isEqualTo(tree("{'removed':1}"));
    assertThat(unlinked.has("_meta")).isTrue();
    JsonNode deleted = secure.result("security.users.deleteUser", "[{\"username\":\"bob\"}]");
    assertThat(deleted.at("/obj/data/removed").asInt()).isEqualTo(1);
    assertThat(deleted.at("/tree/data/removed").asInt()).isZero();
    assertThat(secure.result("security.users.getUser", "[\"bob\"]").isNull()).isTrue();
    assertThat(secure.result("security.users.deleteUser", "[\"bob\"]").at("/obj/data/removed"))
        .isEqualTo(tree("0"));
  }

  @Test
  void groupsAreAsHappnTellsThem() throws Exception {
    JsonNode made =
        secure.result(
            "security.groups.upsertGroup",
            "[{\"name\":\"g\",\"custom_data\":{\"c\":1},\"permissions\":"
                + "{\"/x\":{\"actions\":[\"set\"]}}},{\"overwrite\":false}]");
    assertThat(made.propertyNames())
        .containsExactlyInAnyOrder("name", "custom_data", "permissions", "_meta");
    assertThat(made.at("/_meta/path").asString()).isEqualTo("/_SYSTEM/_SECURITY/_GROUP/g");

    JsonNode twice =
        secure.rpc("security.groups.upsertGroup", "[{\"name\":\"g\"},{\"overwrite\":false}]");
    assertThat(twice.path("error"))
        .isEqualTo(
            tree(
                "{'code':-32000,'message':'validation failure: group by the name g already"
                    + " exists','data':{'name':'ValidationError','code':500}}"));

    JsonNode added =
        secure.result("security.groups.upsertPermission", "[\"g\",\"/y/*\",\"get\",false]");
    assertThat(added.path("data"))
        .isEqualTo(tree("{'action':'get','authorized':false,'path':'/y/*'}"));
    assertThat(secure.result("security.groups.getGroup", "[\"g\",{}]"))
        .isEqualTo(
            tree(
                "{'name':'g','custom_data':{'c':1},'permissions':{'/x':{'actions':['set']},"
                    + "'/y/*':{'prohibit':['get']}}}"));
    assertThat(
            secure
                .result("security.groups.removePermission", "[\"g\",\"/y/*\",\"get\"]")
                .at("/data/removed")
                .asInt())
        .isEqualTo(1);
    assertThat(secure.result("security.groups.listGroups", "[\"*\"]")).hasSize(2);
    JsonNode gone = secure.result("security.groups.deleteGroup", "[{\"name\":\"g\"}]");
    assertThat(gone.path("removed").asInt()).isEqualTo(1);
    assertThat(gone.at("/permissions/data/removed").asInt()).isEqualTo(1);
    assertThat(secure.result("security.groups.getGroup", "[\"g\"]").isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "security.users.upsertUser | [{\"username\":\"x\"}] | no password or publicKey specified",
        "security.users.upsertUser | [{\"password\":\"x\"}] | no username specified",
        "security.users.upsertUser | [null] | is missing",
        "security.users.upsertUser | [1] | user is null or not an object",
        "security.users.upsertUser | [{\"username\":\"x\",\"pasword\":\"y\"}] | user has pasword",
        "security.users.upsertUser | [{\"username\":\"_ANONYMOUS\",\"password\":\"y\"}] | reserved"
            + " name _ANONYMOUS",
        "security.users.deleteUser | [\"_ADMIN\"] | unable to delete a user with the reserved name:"
            + " _ADMIN",
        "security.groups.upsertGroup | [{\"name\":\"a/b\"}] | group names cannot contain",
        "security.groups.upsertGroup |"
            + " [{\"name\":\"g\",\"permissions\":{\"/a\":{\"actions\":[\"fly\"]}}}] | unknown"
            + " action: fly for path: /a",
        "security.groups.upsertGroup | [{\"name\":\"g\",\"permissions\":{\"/a\":{}}}] | missing"
            + " allowed actions or prohibit rules: /a",
        "security.groups.deleteGroup | [{\"name\":\"g\"}] | group you are deleting does not exist",
        "security.groups.linkGroup | [\"g\",\"_ADMIN\"] | group does not exist or has not been"
            + " saved",
        "security.groups.linkGroup | [\"_ADMIN\",\"nobody\"] | user does not exist or has not been"
            + " saved",
        "security.groups.upsertPermission | [\"g\",\"/a\",\"fly\"] | unknown action: fly",
        "security.listSessionActivity | [] | session activity logging not activated",
        "security.revokeToken | [\"x\"] | no session token",
      })
  void whatCannotBeIsRefusedInHappnsWords(String method, String params, String words)
      throws Exception {
    JsonNode answer = secure.rpc(method, params);

    assertThat(answer.at("/error/message").asString()).contains(words);
  }

  @Test
  void aUserMayDoWhatALookupTableAllows() throws Exception {
    upsertBob("{}");
    secure.result("security.groups.upsertGroup", "[{\"name\":\"g\"}]");
    secure.result("security.groups.linkGroup", "[\"g\",\"bob\"]");
    secure.result(
        "security.lookupTables.upsertLookupTable",
        "[{\"name\":\"t\",\"paths\":[\"/device/1\",\"device/2\"]}]");
    secure.result("security.lookupTables.insertPath", "[\"t\",\"/device/3\"]");
    secure.result("security.lookupTables.removePath", "[\"t\",\"/device/2\"]");
    String rule =
        "[\"g\",{\"table\":\"t\",\"regex\":\"^/data/([0-9]+)$\",\"actions\":[\"get\"],"
            + "\"path\":\"/device/{{$1}}\"}]";
    secure.result("security.lookupTables.upsertLookupPermission", rule);

    assertThat(secure.result("security.lookupTables.fetchLookupTable", "[\"t\"]"))
        .isEqualTo(tree("{'name':'t','paths':['device/1','device/3']}"));
    AccessSession bob = secure.login("bob", "secret");
    assertThat(bob.allows(Action.GET, "/data/3")).isTrue();
    assertThat(bob.allows(Action.GET, "/data/2")).isFalse();

    secure.result("security.lookupTables.removeLookupPermission", rule);
    assertThat(bob.allows(Action.GET, "/data/3")).isFalse();
    secure.result("security.lookupTables.deleteLookupTable", "[\"t\"]");
    assertThat(secure.result("security.lookupTables.fetchLookupTable", "[\"t\"]").path("paths"))
        .isEmpty();
  }

  // --- sessions, tokens, passwords

  @Test
  void aRevokedTokenEndsItsSessionsUntilItIsRestored() throws Exception {
    upsertBob("{}");
    AccessSession bob = secure.login("bob", "secret");
    JsonNode sessions = secure.result("security.listActiveSessions", "[]");
    assertThat(sessions).hasSize(1);
    assertThat(sessions.get(0).path("username").asString()).isEqualTo("bob");
    assertThat(sessions.get(0).path("id").asString()).isEqualTo(bob.id());
    assertThat(sessions.get(0).path("member").asString()).isEqualTo("a");

    secure.result("security.revokeToken", "[\"" + bob.token() + "\",\"lost\"]");

    AdminFixture.eventually("ended", () -> secure.ended.contains("bob token-revoked"));
    JsonNode revoked = secure.result("security.listRevokedTokens", "[]");
    assertThat(revoked.get(0).path("reason").asString()).isEqualTo("lost");
    String login = "[{\"token\":\"" + bob.token() + "\"}]";
    assertThat(secure.rpc("security.login", login).path("error"))
        .isEqualTo(
            tree(
                "{'code':-32000,'message':'token has been revoked',"
                    + "'data':{'name':'AccessDenied','code':403}}"));
    secure.result("security.restoreToken", "[\"" + bob.token() + "\"]");
    assertThat(secure.result("security.listRevokedTokens", "[]")).isEmpty();
    assertThat(secure.result("security.activateSessionManagement", "[]").isNull()).isTrue();
  }

  @Test
  void whatSessionsAskedLastIsListedOnceItIsRecorded() throws Exception {
    upsertBob("{}");
    AccessSession bob = secure.login("bob", "secret");
    bob.check(Action.GET, "/before");
    secure.result("security.activateSessionActivity", "[]");
    assertThat(secure.admin.member.held.set).containsExactly("security.log_session_activity=true");
    secure.access.recordActivity(true);

    bob.check(Action.GET, "/a");
    bob.check(Action.SET, "/b");
    JsonNode all = secure.result("security.listSessionActivity", "[]");

    assertThat(all).hasSize(1);
    JsonNode last = all.get(0);
    assertThat(last.path("path").asString()).isEqualTo("/b");
    assertThat(last.path("action").asString()).isEqualTo("set");
    assertThat(last.path("id").asString()).isEqualTo(bob.id());
    assertThat(last.path("authorized").asBoolean()).isFalse();
    assertThat(last.path("reason").asString()).isEqualTo("unauthorized");
    assertThat(last.path("member").asString()).isEqualTo("a");

    // Those that have ended are there still; a filter picks some.
    bob.close();
    assertThat(secure.result("security.listSessionActivity", "[{\"username\":\"bob\"}]"))
        .hasSize(1);
    assertThat(secure.result("security.listSessionActivity", "[{\"username\":\"eve\"}]")).isEmpty();
    assertThat(
            secure
                .rpc("security.listSessionActivity", "[{\"path\":{\"$near\":1}}]")
                .at("/error/message")
                .asString())
        .contains("filter: ");
    secure.here.unanswered = java.util.List.of("b");
    assertThat(secure.rpc("security.listSessionActivity", "[]").at("/error/message").asString())
        .contains("not known: b");
    secure.access.recordActivity(false);
    secure.access.recordActivity(true);
    secure.here.unanswered = java.util.List.of();
    assertThat(secure.result("security.listSessionActivity", "[]")).isEmpty();
  }

  @Test
  void recordsAreChosenByCriteria() throws Exception {
    for (int i = 1; i <= 4; i++) {
      secure.result("data.upsert", "[\"/c/" + i + "\",{\"n\":" + i + "}]");
    }
    String some = "{\"criteria\":{\"n\":{\"$gte\":2}}";

    JsonNode found =
        secure.result("data.get", "[\"/c/*\"," + some + ",\"sort\":{\"n\":-1},\"limit\":2}]");
    assertThat(found.findValuesAsString("n")).containsExactly("4", "3");
    assertThat(secure.result("data.get", "[\"/c/1\"," + some + "}]").isNull()).isTrue();
    assertThat(secure.result("data.get", "[\"/c/2\"," + some + "}]").path("data"))
        .isEqualTo(tree("{'n':2}"));
    assertThat(secure.result("data.count", "[\"/c/*\"," + some + ",\"skip\":1}]"))
        .isEqualTo(tree("{'data':{'value':2}}"));
    assertThat(secure.result("data.remove", "[\"/c/*\"," + some + "}]").at("/data/removed").asInt())
        .isEqualTo(3);
    assertThat(secure.result("data.get", "[\"/c/*\"]")).hasSize(1);
    String bad = "[\"/c/*\",{\"criteria\":{\"n\":{\"$near\":1}}}]";
    for (String method : java.util.List.of("data.get", "data.count", "data.remove")) {
      assertThat(secure.rpc(method, bad).at("/error/code").asInt()).as(method).isEqualTo(-32602);
    }
    assertThat(secure.rpc("data.get", "[\"/c/*\",{\"sort\":{\"n\":2}}]").toString())
        .contains("sort takes 1 or -1");
  }

  @Test
  void theListenersOfASessionAreListedAsHappnDoes() throws Exception {
    upsertBob("{}");
    AccessSession bob = secure.login("bob", "secret");

    assertThat(secure.result("subscription.allListeners", "[\"" + bob.id() + "\"]"))
        .isEqualTo(
            tree(
                "[{'subscriberKey':'"
                    + bob.id()
                    + "','data':{'ref':'"
                    + bob.id()
                    + "-1','action':'ALL','path':'/t/**','options':{'depth':5}}}]"));
    assertThat(secure.result("subscription.allListeners", "[\"nobody\"]")).isEmpty();
  }

  @Test
  void sessionsThatAreNotAllKnownAreNotPassedOffAsAll() throws Exception {
    secure.here.unanswered = java.util.List.of("b");

    assertThat(secure.rpc("security.listActiveSessions", "[]").at("/error/message").asString())
        .contains("not known: b");
  }

  @Test
  void aSessionIsEnded() throws Exception {
    upsertBob("{}");
    AccessSession bob = secure.login("bob", "secret");
    String id = "[\"" + bob.id() + "\"]";

    assertThat(secure.result("session.disconnectSession", id)).isEqualTo(tree("{'ended':true}"));

    AdminFixture.eventually("ended", () -> secure.ended.contains("bob ended by the administrator"));
    bob.close();
    assertThat(secure.result("session.disconnectSession", id)).isEqualTo(tree("{'ended':false}"));
  }

  @Test
  void passwordsAreChangedByWhoeverKnowsThemAndResetByTheAdministrator() throws Exception {
    upsertBob("{}");

    assertThat(
            secure.rpc("security.changePassword", "[\"bob\",\"wrong\",\"new\"]").at("/error/data"))
        .isEqualTo(tree("{'name':'AccessDenied','code':401}"));
    secure.result("security.changePassword", "[\"bob\",\"secret\",\"new\"]");
    JsonNode in = secure.result("security.login", "[{\"username\":\"bob\",\"password\":\"new\"}]");
    assertThat(in.path("token").asString()).isNotBlank();
    assertThat(in.at("/user/username").asString()).isEqualTo("bob");
    assertThat(in.toString()).doesNotContain("\"password\"");

    assertThat(secure.result("security.resetPassword", "[\"bob\",\"newest\"]").asString())
        .isEqualTo("bob");
    assertThat(secure.login("bob", "newest").username()).isEqualTo("bob");
  }

  // --- data

  @Test
  void recordsAreReadWrittenCountedAndRemoved() throws Exception {
    JsonNode one = secure.result("data.upsert", "[\"/d/1\",{\"v\":1}]");
    assertThat(one.path("data")).isEqualTo(tree("{'v':1}"));
    assertThat(one.at("/_meta/path").asString()).isEqualTo("/d/1");
    secure.result("data.upsert", "[\"/d/2\",5]");

    assertThat(secure.result("data.get", "[\"/d/2\"]").path("data")).isEqualTo(tree("{'value':5}"));
    assertThat(secure.result("data.get", "[\"/d/*\"]")).hasSize(2);
    assertThat(secure.result("data.get", "[\"/nothing\"]").isNull()).isTrue();
    assertThat(secure.result("data.count", "[\"/d/*\"]")).isEqualTo(tree("{'data':{'value':2}}"));
    assertThat(secure.result("data.remove", "[\"/d/*\"]").path("data"))
        .isEqualTo(tree("{'removed':2}"));
    assertThat(secure.admin.member.events.published).hasSize(3);
    assertThat(secure.result("session.stats", "[]")).isEqualTo(tree("{'sessions':1}"));
    assertThat(secure.result("system.stats", "[]").path("name").asString()).isEqualTo("a");
  }
}
