package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.AccessSession;
import io.muster.kernel.ErrorCode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Users, groups, permissions, sessions and tokens below `/v1`.
class UserRoutesTest {
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

  private JsonNode done(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = secure.admin.send(method, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return AdminFixture.json(answer);
  }

  private void refused(ErrorCode code, String method, String path, String body) throws Exception {
    HttpResponse<String> answer = secure.admin.send(method, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code.status());
    assertThat(AdminFixture.json(answer).path("name").asString()).isEqualTo(code.code());
  }

  @Test
  void aUserIsMadeShownChangedAndRemoved() throws Exception {
    done("PUT", "/v1/users/bob?must=be_new", "{\"password\":\"p\",\"customData\":{\"a\":1}}");
    refused(ErrorCode.ACCESS_EXISTS, "PUT", "/v1/users/bob?must=be_new", "{\"password\":\"p\"}");
    refused(ErrorCode.ACCESS_NOT_FOUND, "PUT", "/v1/users/eve?must=exist", "{\"password\":\"p\"}");
    JsonNode changed =
        done(
            "PUT",
            "/v1/users/bob?must=exist",
            "{\"permissions\":{\"/a/*\":{\"actions\":[\"get\"]}}}");

    assertThat(changed.propertyNames())
        .containsExactly("username", "userid", "groups", "permissions", "customData");
    assertThat(changed.at("/customData/a").asInt()).isEqualTo(1);
    assertThat(done("GET", "/v1/users/bob", "")).isEqualTo(changed);
    assertThat(done("GET", "/v1/users?pattern=b*", "").path("users")).hasSize(1);
    assertThat(done("DELETE", "/v1/users/bob", "").path("removed").asInt()).isEqualTo(1);
    refused(ErrorCode.ACCESS_NOT_FOUND, "GET", "/v1/users/bob", "");
    refused(ErrorCode.ACCESS_NOT_FOUND, "DELETE", "/v1/users/bob", "");
  }

  /// Names come encoded, and may have what separates elsewhere.
  @Test
  void namesMayHaveAnyCharacter() throws Exception {
    String name = "/v1/users/%C3%A4%2Fb%20%3F%23%25";
    done("PUT", name, "{\"password\":\"p\"}");

    assertThat(done("GET", name, "").path("username").asString()).isEqualTo("ä/b ?#%");
    assertThat(secure.login("ä/b ?#%", "p").username()).isEqualTo("ä/b ?#%");
  }

  @Test
  void aGroupGivesItsUsersRightsThatAreExplained() throws Exception {
    done("PUT", "/v1/users/bob", "{\"password\":\"p\"}");
    done("PUT", "/v1/groups/readers?must=be_new", "");
    assertThat(done("PUT", "/v1/links?group=readers&user=bob", "").path("groups").get(0).asString())
        .isEqualTo("readers");
    JsonNode set =
        done("PUT", "/v1/permissions?group=readers&path=/a/*&action=get,on,get&effect=allow", "");
    assertThat(set.path("permissions")).hasSize(2);
    done("PUT", "/v1/permissions?user=bob&path=/a/secret&action=get&effect=prohibit", "");

    JsonNode may = done("GET", "/v1/explain?user=bob&path=/a/x&action=get", "");
    assertThat(may.path("allowed").asBoolean()).isTrue();
    assertThat(may.path("rules").get(0).asString()).isEqualTo("allows group readers /a/*");
    JsonNode mayNot = done("GET", "/v1/explain?user=bob&path=/a/secret&action=get", "");
    assertThat(mayNot.path("allowed").asBoolean()).isFalse();
    assertThat(mayNot.path("rules").toString()).contains("prohibits user bob /a/secret");
    JsonNode unknown = done("GET", "/v1/explain?user=bob&path=/b&action=set", "");
    assertThat(unknown.path("rules")).isEmpty();

    assertThat(done("GET", "/v1/permissions?group=readers", "").path("permissions")).hasSize(2);
    assertThat(done("GET", "/v1/permissions?user=bob", "").path("permissions").get(0).toString())
        .isEqualTo(
            "{\"holder\":\"user\",\"name\":\"bob\",\"path\":\"/a/secret\",\"action\":\"get\","
                + "\"effect\":\"prohibit\"}");
    assertThat(done("GET", "/v1/permissions", "").path("permissions")).hasSize(4);
    assertThat(done("GET", "/v1/groups/readers", "").path("users").get(0).asString())
        .isEqualTo("bob");
    assertThat(done("GET", "/v1/users?group=readers", "").path("users")).hasSize(1);
    assertThat(
            done("DELETE", "/v1/permissions?user=bob&path=/a/secret&action=get,set", "")
                .path("removed")
                .asInt())
        .isEqualTo(1);
    assertThat(done("DELETE", "/v1/links?group=readers&user=bob", "").path("removed").asInt())
        .isEqualTo(1);
    done("DELETE", "/v1/groups/readers", "");
    refused(ErrorCode.ACCESS_NOT_FOUND, "GET", "/v1/groups/readers", "");
  }

  @Test
  void aSessionIsListedEndedAndItsTokenRevoked() throws Exception {
    done("PUT", "/v1/users/bob", "{\"password\":\"p\"}");
    AccessSession one = secure.login("bob", "p");
    AccessSession two = secure.login("bob", "p");

    JsonNode all = done("GET", "/v1/sessions?user=bob&limit=1", "");
    assertThat(all.path("total").asInt()).isEqualTo(2);
    assertThat(all.path("sessions")).hasSize(1);
    assertThat(all.at("/sessions/0/member").asString()).isEqualTo("a");

    assertThat(done("DELETE", "/v1/sessions/" + one.id() + "?reason=go", "").toString())
        .isEqualTo("{\"ended\":\"" + one.id() + "\",\"member\":\"a\"}");
    AdminFixture.eventually("ended", () -> secure.ended.contains("bob go"));
    JsonNode revoked =
        done("POST", "/v1/tokens", "{\"session\":\"" + two.id() + "\",\"reason\":\"lost\"}");
    AdminFixture.eventually("ended", () -> secure.ended.contains("bob token-revoked"));
    assertThat(done("GET", "/v1/tokens", "").path("tokens").get(0)).isEqualTo(revoked);
    assertThat(revoked.path("reason").asString()).isEqualTo("lost");
    assertThat(
            done("DELETE", "/v1/tokens/" + revoked.path("id").asString(), "")
                .path("removed")
                .asInt())
        .isEqualTo(1);
    done("POST", "/v1/tokens", "{\"token\":\"" + one.token() + "\"}");
    refused(ErrorCode.NOT_FOUND, "DELETE", "/v1/sessions/none", "");
    refused(ErrorCode.NOT_FOUND, "POST", "/v1/tokens", "{\"session\":\"none\"}");
  }

  @Test
  void aPasswordIsSetAndNeverTold() throws Exception {
    done("PUT", "/v1/users/bob", "{\"password\":\"first-password\"}");
    done("PUT", "/v1/passwords/bob", "{\"password\":\"second-password\"}");

    assertThat(secure.login("bob", "second-password").username()).isEqualTo("bob");
    assertThat(secure.admin.get("/v1/users").body())
        .doesNotContain("-password")
        .doesNotContain("pbkdf")
        .doesNotContain("\"password\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PUT    | /v1/users/bob?must=maybe | {} | bad_request",
        "PUT    | /v1/users/bob | {\"pasword\":\"x\"} | bad_request",
        "PUT    | /v1/users/bob | [1] | bad_request",
        "PUT    | /v1/users/bob | {\"password\":1} | bad_request",
        "PUT    | /v1/users/bob | {\"customData\":1,\"password\":\"x\"} | bad_request",
        "PUT    | /v1/users/bob | { | bad_request",
        "PUT    | /v1/users/bob | {} | access_invalid",
        "PUT    | /v1/users/_ADMIN | {\"password\":\"x\"} | access_reserved",
        "DELETE | /v1/users/_ADMIN | '' | access_reserved",
        "DELETE | /v1/groups/_ADMIN | '' | access_reserved",
        "PUT    | /v1/passwords/nobody | {\"password\":\"x\"} | access_not_found",
        "PUT    | /v1/passwords/_ADMIN | {} | bad_request",
        "GET    | /v1/permissions?user=a&group=b | '' | bad_request",
        "GET    | /v1/permissions?user=nobody | '' | access_not_found",
        "PUT    | /v1/permissions?user=_ADMIN&path=/a | '' | bad_request",
        "PUT    | /v1/permissions?user=_ADMIN&path=/a&action=fly | '' | access_invalid",
        "PUT    | /v1/permissions?user=_ADMIN&path=/a&action=get&effect=x | '' | bad_request",
        "PUT    | /v1/permissions?user=nobody&path=/a&action=get | '' | access_not_found",
        "GET    | /v1/explain?user=nobody&path=/a&action=get | '' | access_not_found",
        "GET    | /v1/explain?user=_ADMIN&path=/a | '' | bad_request",
        "GET    | /v1/users?pattern=a&group=b | '' | bad_request",
        "GET    | /v1/sessions?limit=0 | '' | bad_request",
        "GET    | /v1/sessions?limit=x | '' | bad_request",
        "POST   | /v1/tokens | {} | bad_request",
        "POST   | /v1/tokens | {\"token\":\"x\"} | access_invalid",
        "PUT    | /v1/links?group=g | '' | bad_request",
        "PUT    | /v1/links?group=g&user=_ADMIN | '' | access_not_found",
      })
  void whatCannotBeIsRefused(String method, String path, String body, String name)
      throws Exception {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.code().equals(name)) refused(code, method, path, body);
    }
  }

  @Test
  void beforeUsersAreKnownThatIsSaid() throws Exception {
    secure.admin.member.access = null;
    secure.admin.member.sessions = null;
    for (String path : List.of("/v1/users", "/v1/groups", "/v1/sessions", "/v1/tokens")) {
      refused(ErrorCode.NOT_STARTED, "GET", path, "");
    }
  }

  /// A page that somebody on this machine looks at could ask a member that wants no token.
  @Test
  void withoutATokenPagesOfOthersAreRefused() throws Exception {
    Path own = java.nio.file.Files.createDirectory(directory.resolve("open"));
    try (AdminFixture open =
        new AdminFixture(own, AdminSettings.Auth.NONE, 4, 1 << 20, Duration.ofSeconds(10))) {
      for (String page : List.of("https://evil.example", "null", "http://localhost.evil.example")) {
        HttpRequest.Builder asked = open.request("/v1/status").header("Origin", page);
        assertThat(open.send(asked).statusCode()).as(page).isEqualTo(401);
      }
      for (String page : List.of("http://localhost:8880", "http://127.0.0.1", "http://[::1]:3")) {
        HttpRequest.Builder asked = open.request("/v1/status").header("Origin", page);
        assertThat(open.send(asked).statusCode()).as(page).isEqualTo(200);
      }
    }
  }
}
