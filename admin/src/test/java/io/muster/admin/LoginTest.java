package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.muster.kernel.ErrorCode;
import io.muster.registry.MemoryRegistry;
import io.muster.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Sessions of browsers, the viewer's role, the audit and the stream, over HTTP.
class LoginTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  @TempDir Path directory;
  private AdminFixture admin;

  @BeforeEach
  void start() {
    admin = new AdminFixture(directory);
    admin.member.registry = new MemoryRegistry();
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private record Session(String cookie, String csrf) {}

  private HttpRequest.Builder request(String method, String path, String body) {
    return HttpRequest.newBuilder(URI.create("http://" + admin.server.address() + path))
        .timeout(Duration.ofSeconds(30))
        .method(method, HttpRequest.BodyPublishers.ofString(body));
  }

  private static HttpResponse<String> send(HttpRequest.Builder r) throws Exception {
    return HTTP.send(r.build(), HttpResponse.BodyHandlers.ofString());
  }

  private Session login(String file) throws Exception {
    String body = "{\"token\":\"" + admin.token(file) + "\",\"name\":\"ann\\r\\n<b>\"}";
    HttpResponse<String> answer = send(request("POST", "/v1/login", body));
    assertThat(answer.statusCode()).isEqualTo(200);
    String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict").contains("Path=/");
    JsonNode view = AdminFixture.json(answer);
    assertThat(view.path("name").asString()).isEqualTo("annb");
    return new Session(cookie.substring(0, cookie.indexOf(';')), view.path("csrf").asString());
  }

  private HttpRequest.Builder with(Session s, String method, String path, String body) {
    return request(method, path, body).header("Cookie", "other=1; " + s.cookie);
  }

  private static void refused(HttpResponse<String> answer, ErrorCode code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code.status());
    assertThat(AdminFixture.json(answer).path("name").asString()).isEqualTo(code.code());
  }

  @Test
  void aSessionReadsAndChangesWithItsHeader() throws Exception {
    Session s = login("admin.token");

    assertThat(send(with(s, "GET", "/v1/status", "")).statusCode()).isEqualTo(200);
    refused(send(with(s, "PUT", "/v1/data/x", "{}")), ErrorCode.ADMIN_ORIGIN);
    assertThat(send(with(s, "PUT", "/v1/data/x", "{}").header("Muster-Csrf", s.csrf)).statusCode())
        .isEqualTo(200);

    refused(send(with(s, "DELETE", "/v1/login", "")), ErrorCode.ADMIN_ORIGIN);
    send(with(s, "DELETE", "/v1/login", "").header("Muster-Csrf", s.csrf));
    refused(send(with(s, "GET", "/v1/status", "")), ErrorCode.ADMIN_UNAUTHORIZED);
  }

  @Test
  void pagesOfOtherOriginsAreRefused() throws Exception {
    Session s = login("admin.token");
    for (String origin : List.of("http://evil.example", "null", "http://127.0.0.1:1")) {
      refused(
          send(with(s, "GET", "/v1/status", "").header("Origin", origin)), ErrorCode.ADMIN_ORIGIN);
      refused(
          send(
              with(s, "PUT", "/v1/data/x", "{}")
                  .header("Origin", origin)
                  .header("Muster-Csrf", s.csrf)),
          ErrorCode.ADMIN_ORIGIN);
      String body = "{\"token\":\"" + admin.token() + "\"}";
      refused(
          send(request("POST", "/v1/login", body).header("Origin", origin)),
          ErrorCode.ADMIN_ORIGIN);
    }
    refused(
        send(with(s, "GET", "/v1/status", "").header("Sec-Fetch-Site", "cross-site")),
        ErrorCode.ADMIN_ORIGIN);
    String own = "http://" + admin.server.address();
    assertThat(send(with(s, "GET", "/v1/status", "").header("Origin", own)).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aWrongTokenBeginsNothingAndSaysNothingOfTheMember() throws Exception {
    refused(send(request("POST", "/v1/login", "{\"token\":\"x\"}")), ErrorCode.ADMIN_UNAUTHORIZED);
    refused(send(request("POST", "/v1/login", "{\"token\":\"\"}")), ErrorCode.ADMIN_UNAUTHORIZED);
    refused(send(request("POST", "/v1/login", "[1")), ErrorCode.BAD_REQUEST);
    refused(send(request("POST", "/v1/login", " ".repeat(5000) + "{}")), ErrorCode.BODY_TOO_LARGE);

    JsonNode view = AdminFixture.json(send(request("GET", "/v1/login", "")));
    assertThat(view.propertyNames()).containsExactlyInAnyOrder("loggedIn", "needsToken");
    assertThat(view.path("loggedIn").asBoolean()).isFalse();
  }

  @Test
  void aViewerReadsAllButBackups() throws Exception {
    Session s = login("viewer.token");
    assertThat(send(with(s, "GET", "/v1/members", "")).statusCode()).isEqualTo(200);
    for (String[] r :
        new String[][] {
          {"PUT", "/v1/data/x"}, {"DELETE", "/v1/data/x"}, {"POST", "/rpc"}, {"POST", "/v1/stop"}
        }) {
      refused(
          send(with(s, r[0], r[1], "{}").header("Muster-Csrf", s.csrf)), ErrorCode.ADMIN_FORBIDDEN);
    }
    refused(send(with(s, "GET", "/v1/backup", "")), ErrorCode.ADMIN_FORBIDDEN);
    refused(
        send(
            request("PUT", "/v1/data/x", "{}")
                .header("Authorization", "Bearer " + admin.token("viewer.token"))),
        ErrorCode.ADMIN_FORBIDDEN);
    assertThat(admin.member.stopped.getCount()).isEqualTo(1);
  }

  @Test
  void anIdleSessionEndsAndTheOldestMakesRoom() {
    long[] now = {0};
    Logins logins = new Logins(false, directory, Duration.ofMinutes(10), () -> now[0]);
    assertThat(logins.open()).isFalse();
    Logins.Session first = logins.begin(Caller.Role.ADMIN, "ann");
    now[0] = Duration.ofMinutes(9).toNanos();
    Logins.Session second = logins.begin(Caller.Role.ADMIN, "bob");
    assertThat(logins.lasts(first)).isTrue();
    now[0] = Duration.ofMinutes(11).toNanos();
    assertThat(logins.lasts(first)).isFalse();
    assertThat(logins.lasts(second)).isTrue();

    for (int i = 0; i < Logins.SESSIONS_MAX; i++) {
      now[0]++;
      logins.begin(Caller.Role.VIEWER, "wall " + i);
    }
    assertThat(logins.lasts(second)).isFalse();
  }

  // --- the audit

  private List<JsonNode> audit(String query) throws Exception {
    JsonNode all = AdminFixture.json(admin.get("/v1/audit" + query)).path("entries");
    return all.valueStream().toList();
  }

  @Test
  void changesAreInTheAuditAndReadsAreNot() throws Exception {
    Session s = login("admin.token");
    send(
        with(s, "PUT", "/v1/settings/s.room", "{\"value\":\"64KiB\"}")
            .header("Muster-Csrf", s.csrf));
    send(with(s, "GET", "/v1/status", ""));
    send(with(s, "PUT", "/v1/settings/none", "{\"value\":1}").header("Muster-Csrf", s.csrf));
    admin.send(admin.request("/v1/drain").header("Muster-By", "root").POST(noBody()));
    Eventually.within(Duration.ofSeconds(30), "two entries", () -> audit("").size() == 2);

    JsonNode drain = audit("").get(0);
    assertThat(drain.path("what").asString()).isEqualTo("POST /v1/drain");
    assertThat(drain.path("by").asString()).isEqualTo("root");
    assertThat(drain.path("index").asLong()).isEqualTo(2);
    JsonNode setting = audit("?by=annb").get(0);
    assertThat(setting.path("what").asString()).isEqualTo("PUT /v1/settings/s.room");
    assertThat(setting.path("before").asString()).isEqualTo("8KiB");
    assertThat(setting.path("after").asString()).isEqualTo("64KiB");
    assertThat(setting.path("from").asString()).isEqualTo("127.0.0.1");
    assertThat(setting.path("member").asString()).isEqualTo("a");
    assertThat(audit("?what=settings/&limit=1")).hasSize(1);
    refused(admin.get("/v1/audit?limit=0"), ErrorCode.BAD_REQUEST);
  }

  private static HttpRequest.BodyPublisher noBody() {
    return HttpRequest.BodyPublishers.noBody();
  }

  @Test
  void rpcNamesTheMethodAndNeverWhatItWasGiven() throws Exception {
    String call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}";
    admin.send("POST", "/rpc", call.formatted("data.get", "[\"/x\"]"));
    admin.send("POST", "/rpc", call.formatted("data.upsert", "[\"/x\",{\"pin\":\"1234\"}]"));
    Eventually.within(Duration.ofSeconds(30), "one entry", () -> audit("").size() == 1);

    assertThat(audit("").get(0).path("what").asString()).isEqualTo("POST /rpc data.upsert");
    assertThat(audit("").toString()).doesNotContain("1234");
  }

  @Test
  void theRingKeepsTheLastAndManyRecordsAreOne() throws Exception {
    Audit.Entry record =
        new Audit.Entry(0, 1, "a", "ann", "admin", "::1", "PUT /v1/data/x", null, null, 1);
    Audit.Entry other =
        new Audit.Entry(0, 1, "a", "bob", "admin", "::1", "PUT /v1/data/x", null, null, 1);
    Audit.Entry setting =
        new Audit.Entry(0, 1, "a", "ann", "admin", "::1", "PUT /v1/settings/y", null, null, 1);
    assertThat(Audit.merged(List.of(record, record, setting, record, record, record, other)))
        .extracting(Audit.Entry::count)
        .containsExactly(2L, 1L, 3L, 1L);

    for (int i = 1; i <= Audit.ENTRIES_MAX + 5; i++) {
      admin.send("DELETE", "/v1/settings/s.room", "");
    }
    Eventually.within(
        Duration.ofSeconds(120),
        "the last entry",
        () -> audit("?limit=1").get(0).path("index").asLong() == Audit.ENTRIES_MAX + 5);
    List<JsonNode> all = audit("?limit=1000");
    assertThat(all).hasSize(Audit.ENTRIES_MAX);
    assertThat(all.getLast().path("index").asLong()).isEqualTo(6);
  }

  // --- the stream

  private InputStream live(String topics, String... headers) throws Exception {
    HttpRequest.Builder r = admin.request("/v1/live?topics=" + topics);
    if (headers.length > 0) r.headers(headers);
    HttpResponse<InputStream> answer =
        HTTP.send(r.build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    boolean zip = answer.headers().firstValue("Content-Encoding").isPresent();
    InputStream in = zip ? new GZIPInputStream(answer.body(), 1) : answer.body();
    return in;
  }

  /// Byte by byte: what reads ahead waits for what has not been sent.
  private static String line(InputStream from) throws Exception {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = from.read(); b != '\n'; b = from.read()) {
      if (b < 0) throw new AssertionError("the stream ended");
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private static JsonNode event(InputStream from, String topic) throws Exception {
    while (!line(from).equals("event: " + topic)) {}
    return Exchange.JSON.readTree(line(from).substring(6));
  }

  @Test
  void theStreamTellsTheStateThenChangesOnly() throws Exception {
    try (InputStream plain = live("registry,logs");
        InputStream zipped = live("registry", "Accept-Encoding", "gzip")) {
      JsonNode first = event(plain, "registry");
      assertThat(first.path("reset").asBoolean()).isTrue();
      assertThat(first.at("/set/meta/quorum").asBoolean()).isTrue();
      assertThat(event(zipped, "registry").at("/set/meta/term").asLong()).isEqualTo(3);

      admin.member.quorum = false;
      assertThat(event(zipped, "registry").at("/set/meta/quorum").asBoolean()).isFalse();
      JsonNode second = event(plain, "registry");
      assertThat(second.has("reset")).isFalse();

      admin.member.logs.add(1, "warn", "x", "password=abc Bearer 0123456789 to http://u:pw@h/");
      JsonNode line = event(plain, "logs").path("set").path("1");
      assertThat(line.path("text").asString())
          .isEqualTo("password=*** Bearer *** to http://u:***@h/");
    }
  }

  @Test
  void unknownTopicsAndTooManyViewersAreRefused() throws Exception {
    refused(admin.get("/v1/live"), ErrorCode.BAD_REQUEST);
    refused(admin.get("/v1/live?topics=nothing"), ErrorCode.BAD_REQUEST);
    InputStream[] all = new InputStream[4];
    for (int i = 0; i < 4; i++) event(all[i] = live("member"), "member");
    refused(admin.get("/v1/live?topics=member"), ErrorCode.TOO_MANY_WATCHERS);
    for (InputStream r : all) r.close();
  }

  @Test
  void aLineThatRepeatsItselfIsCounted() {
    LogLines lines = new LogLines();
    lines.add(1, "warn", "x", "the cause");
    for (int i = 0; i < 2 * LogLines.LINES_MAX; i++) {
      lines.add(2 + i, "error", "x", "cannot connect to " + i % 2);
    }

    assertThat(lines.all().values())
        .extracting(LogLines.Line::text, LogLines.Line::count)
        .containsExactly(
            tuple("the cause", 1L),
            tuple("cannot connect to 0", (long) LogLines.LINES_MAX),
            tuple("cannot connect to 1", (long) LogLines.LINES_MAX));
    for (int i = 0; i < LogLines.LINES_MAX; i++) lines.add(9, "warn", "x", "line " + i);
    assertThat(lines.all()).hasSize(LogLines.LINES_MAX);
  }

  // --- files

  @Test
  void filesComeWithAPolicyAndOnlyOnce() throws Exception {
    HttpResponse<String> page = send(request("GET", "/", ""));
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'")
        .contains("script-src 'self'")
        .doesNotContain("unsafe");
    String tag = page.headers().firstValue("ETag").orElseThrow();
    assertThat(send(request("GET", "/", "").header("If-None-Match", tag)).statusCode())
        .isEqualTo(304);
    for (String no :
        List.of(
            "/dashboard/../openapi.json",
            "/dashboard/%2e%2e/openapi.json",
            "/dashboard/pages/../../openapi.json",
            "/dashboard/none.js",
            "/dashboard/VENDOR.md")) {
      refused(send(request("GET", no, "")), ErrorCode.NOT_FOUND);
    }
  }
}
