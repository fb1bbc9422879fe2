package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.spi.store.StoreException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Routes, the token, and errors that say what is wrong.
class AdminServerTest {
  @TempDir Path directory;
  private AdminFixture admin;

  @BeforeEach
  void start() {
    admin = new AdminFixture(directory);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  /// A problem of RFC 9457 with the catalogue's row.
  private static JsonNode problem(HttpResponse<String> answer, ErrorCode code) {
    JsonNode p = AdminFixture.json(answer);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code.status());
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(p.path("name").asString()).isEqualTo(code.code());
    assertThat(p.path("code").asInt()).isEqualTo(code.number());
    assertThat(p.path("type").asString()).isEqualTo("urn:muster:error:" + code.code());
    assertThat(p.path("remedy").asString()).isEqualTo(code.remedy());
    return p;
  }

  private HttpResponse<String> anonymous(String path, String header) throws Exception {
    HttpRequest.Builder r =
        HttpRequest.newBuilder(URI.create("http://" + admin.server.address() + path));
    if (header != null) r.header("Authorization", header);
    return admin.send(r);
  }

  // --- who may ask

  @Test
  void probesNeedNoToken() throws Exception {
    assertThat(anonymous("/livez", null).body()).isEqualTo("alive\n");
    assertThat(anonymous("/readyz", null).statusCode()).isEqualTo(200);
    assertThat(anonymous("/metrics", null).statusCode()).isEqualTo(200);
    admin.member.ready = false;

    HttpResponse<String> notReady = anonymous("/readyz", null);

    assertThat(notReady.statusCode()).isEqualTo(503);
    assertThat(notReady.body()).isEqualTo("waiting for 2 more members\n");
  }

  @Test
  void probesMayAskForTheHeadOnly() throws Exception {
    HttpResponse<String> head =
        admin.send(admin.request("/readyz").method("HEAD", HttpRequest.BodyPublishers.noBody()));

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/status",
        "/v1/settings/s.room",
        "/v1/data/x",
        "/v1/openapi.json",
        "/v1/nowhere",
        "/v1/live",
        "/nowhere"
      })
  void everythingElseNeedsTheToken(String path) throws Exception {
    for (String header : new String[] {null, "Bearer wrong", "Basic abc", admin.token()}) {
      HttpResponse<String> answer = anonymous(path, header);

      JsonNode p = problem(answer, ErrorCode.ADMIN_UNAUTHORIZED);
      assertThat(p.path("detail").asString()).contains("Bearer TOKEN").contains("admin.token");
      assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    }
    assertThat(anonymous("/v1/status", "Bearer " + admin.token()).statusCode()).isEqualTo(200);
  }

  @Test
  void theTokenIsForTheOwnerOnlyAndSurvivesRestarts() throws Exception {
    String before = admin.token();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("admin.token"))))
        .isEqualTo("rw-------");

    admin.close();
    admin = new AdminFixture(directory);

    assertThat(admin.token()).isEqualTo(before);
    assertThat(admin.get("/v1/status").statusCode()).isEqualTo(200);
  }

  @Test
  void withoutAuthNoTokenIsAsked(@TempDir Path other) throws Exception {
    try (AdminFixture open =
        new AdminFixture(other, AdminSettings.Auth.NONE, 1, 4096, Duration.ofSeconds(1))) {
      HttpRequest.Builder r =
          HttpRequest.newBuilder(URI.create("http://" + open.server.address() + "/v1/status"));

      assertThat(open.send(r).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void theAddressLiesBesideTheTokenWhileItIsOpen() throws Exception {
    Path file = directory.resolve("admin.url");
    assertThat(Files.readString(file)).isEqualTo("http://" + admin.server.address() + "\n");

    admin.close();

    assertThat(file).doesNotExist();
  }

  @Test
  void aTakenPortIsNamed() {
    String taken = admin.server.address();

    assertThatThrownBy(
            () ->
                new AdminServer(
                    new AdminSettings(
                        io.muster.kernel.Address.parse(taken),
                        AdminSettings.Auth.TOKEN,
                        1,
                        4096,
                        Duration.ofSeconds(1),
                        1,
                        Duration.ofHours(1)),
                    directory,
                    admin.member,
                    new io.micrometer.prometheusmetrics.PrometheusMeterRegistry(
                        io.micrometer.prometheusmetrics.PrometheusConfig.DEFAULT)))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("admin.listen: cannot listen on " + taken);
  }

  // --- what is not there

  @ParameterizedTest
  @ValueSource(strings = {"/v1", "/v1/", "/v1/nowhere", "/v1/status/", "/v2/status"})
  void anUnknownPathIsSaid(String path) throws Exception {
    JsonNode p = problem(admin.get(path), ErrorCode.NOT_FOUND);

    assertThat(p.path("detail").asString()).startsWith("nothing at " + path);
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/status, GET",
    "GET, /v1/stop, POST",
    "HEAD, /v1/members, GET",
    "DELETE, /livez, GET",
    "PATCH, /v1/data/x, 'DELETE, GET, PUT'",
    "POST, /v1/data/watch, 'DELETE, GET, PUT'"
  })
  void anotherMethodIsRefusedAndTheRightOnesNamed(String method, String path, String allowed)
      throws Exception {
    HttpResponse<String> answer = admin.send(method, path, "");

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains(allowed);
    if (method.equals("HEAD")) return;
    JsonNode p = problem(answer, ErrorCode.METHOD_NOT_ALLOWED);
    assertThat(p.path("detail").asString())
        .isEqualTo(path + ": expected " + allowed + ", found " + method);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/v1/status?x=1 | unknown parameter 'x'; GET /v1/status takes none",
        "/v1/data/a?limit=3 | unknown parameter 'limit'; GET /v1/data/{path} takes count",
        "/v1/data/a?count=no | 'count' takes no value",
        "/v1/data/a?count&count | 'count' is given twice",
        "/v1/data/watch?pattern= | expected pattern=PATTERN",
      })
  void aBadQueryIsRefusedWithWhatWasExpected(String path, String detail) throws Exception {
    JsonNode p = problem(admin.get(path), ErrorCode.BAD_REQUEST);

    assertThat(p.path("detail").asString()).contains(detail);
  }

  @Test
  void aBodyThatIsNoJsonIsRefused() throws Exception {
    assertThat(
            problem(admin.send("PUT", "/v1/data/x", "{\"t\":"), ErrorCode.BAD_REQUEST)
                .path("detail")
                .asString())
        .startsWith("expected JSON in the body: ");
    assertThat(
            problem(admin.send("PUT", "/v1/data/x", ""), ErrorCode.BAD_REQUEST)
                .path("detail")
                .asString())
        .isEqualTo("expected JSON in the body, found none");
    assertThat(
            problem(admin.send("PUT", "/v1/data/x*", "{}"), ErrorCode.BAD_REQUEST)
                .path("detail")
                .asString())
        .contains("no '*'");
  }

  @Test
  void anOversizedBodyIsRefusedAndTheServerGoesOn() throws Exception {
    byte[] large = new byte[Exchange.BODY_MAX + 3];
    java.util.Arrays.fill(large, (byte) '1');

    HttpResponse<String> answer =
        admin.send(admin.request("/v1/data/x").PUT(HttpRequest.BodyPublishers.ofByteArray(large)));

    assertThat(problem(answer, ErrorCode.BODY_TOO_LARGE).path("detail").asString())
        .contains("" + Exchange.BODY_MAX);
    assertThat(admin.get("/v1/status").statusCode()).isEqualTo(200);
  }

  @Test
  void storeFailuresKeepTheirMeaning() throws Exception {
    admin.member.records.failure =
        new StoreException(StoreException.Kind.UNAVAILABLE, "no leader", null);
    assertThat(problem(admin.get("/v1/data/x"), ErrorCode.NO_QUORUM).path("detail").asString())
        .isEqualTo("no leader");
    admin.member.started = false;

    problem(admin.get("/v1/data/x"), ErrorCode.NOT_STARTED);
    problem(admin.get("/v1/data/watch?pattern=*"), ErrorCode.NOT_STARTED);
    assertThat(admin.get("/v1/connections").body()).contains("\"connections\":0");
  }

  // --- what is

  @Test
  void membersSaySinceWhenAndWhoDoubtsWhom() throws Exception {
    JsonNode members = AdminFixture.json(admin.get("/v1/members")).path("members");

    assertThat(members.get(0).toString())
        .isEqualTo(
            """
            {"name":"a","id":"0000000000000000000000000000000a","state":"alive",\
            "inStateMillis":90000,"address":"127.0.0.1:56000","roles":["control","gateway"],\
            "service":"happn-cluster-node","incarnation":7,"labels":{"rack":"r1"},\
            "suspectedBy":[]}\
            """);
    assertThat(members.get(1).path("state").asString()).isEqualTo("suspect");
    assertThat(members.get(1).path("suspectedBy").toString())
        .isEqualTo(
            """
            [{"name":"a","id":"0000000000000000000000000000000a","silentMillis":800,\
            "refused":true}]\
            """);
  }

  @Test
  void onlyAMemberThatHasGoneIsForgotten() throws Exception {
    admin.member.gone = true;

    HttpResponse<String> here = admin.send("DELETE", "/v1/members/b", "");
    HttpResponse<String> nobody = admin.send("DELETE", "/v1/members/x", "");
    HttpResponse<String> gone = admin.send("DELETE", "/v1/members/c", "");

    assertThat(here.statusCode()).isEqualTo(400);
    assertThat(AdminFixture.json(here).path("detail").asString())
        .isEqualTo("member 'b' is here; stop it first, then forget it");
    assertThat(nobody.statusCode()).isEqualTo(404);
    assertThat(gone.statusCode()).isEqualTo(200);
    assertThat(admin.member.forgotten).containsExactly("c");
  }

  @Test
  void errorsAreExplainedByNameAndNumber() throws Exception {
    JsonNode byName = AdminFixture.json(admin.get("/v1/errors/no_quorum"));

    assertThat(byName.path("number").asInt()).isEqualTo(ErrorCode.NO_QUORUM.number());
    assertThat(AdminFixture.json(admin.get("/v1/errors/" + ErrorCode.NO_QUORUM.number())))
        .isEqualTo(byName);
    problem(admin.get("/v1/errors/no_such"), ErrorCode.NOT_FOUND);
    problem(admin.get("/v1/errors/"), ErrorCode.NOT_FOUND);
  }

  @Test
  void recordsAreWrittenReadCountedRemovedAndPublished() throws Exception {
    HttpResponse<String> set = admin.send("PUT", "/v1/data/sensors/a%20b", "{\"t\":21.5}");

    assertThat(set.body())
        .isEqualTo(
            """
            {"path":"/sensors/a b","data":{"t":21.5},"created":1000,"modified":2000,"version":1}\
            """);
    assertThat(admin.send("PUT", "/v1/data/sensors/c", "7").body())
        .contains("\"data\":{\"value\":7}");
    assertThat(admin.get("/v1/data/sensors/a%20b").body()).isEqualTo(set.body());
    assertThat(AdminFixture.json(admin.get("/v1/data/sensors/*")).path("records").size())
        .isEqualTo(2);
    assertThat(admin.get("/v1/data/sensors/*?count").body()).isEqualTo("{\"count\":2}");
    assertThat(admin.send("DELETE", "/v1/data/sensors/*", "").body()).isEqualTo("{\"removed\":2}");
    problem(admin.get("/v1/data/sensors/c"), ErrorCode.NOT_FOUND);

    assertThat(admin.member.events.published)
        .extracting(Publication::action, Publication::path, p -> new String(p.data()))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Action.SET, "/sensors/a b", "{\"t\":21.5}"),
            org.assertj.core.groups.Tuple.tuple(Action.SET, "/sensors/c", "{\"value\":7}"),
            org.assertj.core.groups.Tuple.tuple(Action.REMOVE, "/sensors/*", "{\"removed\":2}"));
  }

  @Test
  void aRecordCalledWatchCanBeReadAndWritten() throws Exception {
    admin.send("PUT", "/v1/data/watch", "{\"a\":1}");

    assertThat(AdminFixture.json(admin.get("/v1/data/watch")).path("data").toString())
        .isEqualTo("{\"a\":1}");
  }

  @Test
  void stopIsAcknowledgedAndHappens() throws Exception {
    HttpResponse<String> answer = admin.send("POST", "/v1/stop", "");

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(AdminFixture.json(answer).path("stopping").asBoolean()).isTrue();
    assertThat(AdminFixture.json(answer).path("pid").asLong())
        .isEqualTo(ProcessHandle.current().pid());
    assertThat(admin.member.stopped.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aMemberThatHasLeftStops() throws Exception {
    HttpResponse<String> answer = admin.send("POST", "/v1/leave?timeout=7", "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(AdminFixture.json(answer).path("left").asBoolean()).isTrue();
    assertThat(AdminFixture.json(answer).path("pid").asLong())
        .isEqualTo(ProcessHandle.current().pid());
    assertThat(admin.member.leaveLimit).isEqualTo(Duration.ofSeconds(7));
    assertThat(admin.member.leaveDrain).isZero();
    assertThat(admin.member.stopped.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aMemberLeavesOnceItIsDrained() throws Exception {
    HttpResponse<String> answer = admin.send("POST", "/v1/leave?drain=30&timeout=7", "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(admin.member.leaveDrain).isEqualTo(Duration.ofSeconds(30));
    assertThat(admin.member.leaveLimit).isEqualTo(Duration.ofSeconds(7));
    HttpResponse<String> wrong = admin.send("POST", "/v1/leave?drain=0", "");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("drain: expected 1 to 3600 seconds, found '0'");
  }

  @Test
  void aMemberThatMayNotLeaveGoesOn() throws Exception {
    admin.member.leaveRefusal = new MusterException(ErrorCode.LEAVE_REFUSED, "b is away");

    HttpResponse<String> answer = admin.send("POST", "/v1/leave", "");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(AdminFixture.json(answer).path("name").asString()).isEqualTo("leave_refused");
    assertThat(AdminFixture.json(answer).path("detail").asString()).isEqualTo("b is away");
    assertThat(admin.member.leaveLimit).isEqualTo(Duration.ofMinutes(1));
    assertThat(admin.member.stopped.getCount()).isEqualTo(1);
    for (String wrong : List.of("0", "3601", "soon", "")) {
      assertThat(admin.send("POST", "/v1/leave?timeout=" + wrong, "").statusCode()).isEqualTo(400);
    }
  }

  // --- settings of the cluster

  @Test
  void settingsAreReadChangedAndTakenBack() throws Exception {
    JsonNode own = AdminFixture.json(admin.get("/v1/settings/s.room"));
    assertThat(own.path("value").asString()).isEqualTo("8KiB");
    assertThat(own.path("source").asString()).isEqualTo("member");

    JsonNode set = AdminFixture.json(admin.send("PUT", "/v1/settings/s.room", "{\"value\":65536}"));
    assertThat(set.path("value").asString()).isEqualTo("64KiB");
    assertThat(set.path("source").asString()).isEqualTo("cluster");
    assertThat(set.path("memberValue").asString()).isEqualTo("8KiB");
    assertThat(AdminFixture.json(admin.get("/v1/settings")).path("settings").get(0)).isEqualTo(set);

    JsonNode unset = AdminFixture.json(admin.send("DELETE", "/v1/settings/s.room", ""));
    assertThat(unset).isEqualTo(own);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "64KiB",
        "\"64KiB\"",
        "{}",
        "{\"value\":{}}",
        "{\"value\":null}",
        "[1]",
        "{\"value\":\"1\",\"more\":1}",
        "{\"value\":"
      })
  void aBodyThatHoldsNoValueIsRefused(String body) throws Exception {
    JsonNode p = problem(admin.send("PUT", "/v1/settings/s.room", body), ErrorCode.BAD_REQUEST);

    assertThat(p.path("detail").asString()).contains("{\"value\":\"64MiB\"}");
    assertThat(AdminFixture.json(admin.get("/v1/settings/s.room")).path("source").asString())
        .isEqualTo("member");
  }

  @Test
  void settingsThatAreUnknownWrongFixedOrNotThereYetAreProblems() throws Exception {
    problem(admin.get("/v1/settings/s.none"), ErrorCode.NOT_FOUND);
    problem(
        admin.send("PUT", "/v1/settings/s.room", "{\"value\":\"3q\"}"), ErrorCode.SETTING_INVALID);
    problem(admin.send("POST", "/v1/settings", "{}"), ErrorCode.METHOD_NOT_ALLOWED);
    admin.member.held.failure = new MusterException(ErrorCode.CLUSTER_SETTING_FIXED, "s.room: no");
    JsonNode fixed =
        problem(admin.send("DELETE", "/v1/settings/s.room", ""), ErrorCode.CLUSTER_SETTING_FIXED);
    assertThat(fixed.path("detail").asString()).isEqualTo("s.room: no");
    admin.member.started = false;
    problem(admin.get("/v1/settings"), ErrorCode.NOT_STARTED);
  }
}
