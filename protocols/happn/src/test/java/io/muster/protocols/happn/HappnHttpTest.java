package io.muster.protocols.happn;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What happn answers to plain HTTP.
class HappnHttpTest {
  private static HappnHttp http(boolean secure) {
    return http(secure, false);
  }

  private static HappnHttp http(boolean secure, boolean logout) {
    return http(secure, logout, HttpGuard.STRICT);
  }

  private static HappnHttp http(boolean secure, boolean logout, HttpGuard guard) {
    return new HappnHttp(
        new OneUser(() -> secure, logout),
        new HappnSettings(
            Duration.ofSeconds(30),
            1,
            4,
            new Cookies("happn_token", Optional.empty(), true),
            new SessionCleanup(Duration.ofSeconds(5), Duration.ofSeconds(30), true, false),
            guard),
        "13.12.1");
  }

  private static HttpAsk ask(
      String method, String target, Map<String, String> headers, String body) {
    Map<String, List<String>> query = new HashMap<>();
    int mark = target.indexOf('?');
    if (mark >= 0) {
      for (String pair : target.substring(mark + 1).split("&", -1)) {
        String[] both = pair.split("=", 2);
        query.put(both[0], List.of(java.net.URLDecoder.decode(both[1], StandardCharsets.UTF_8)));
      }
    }
    return new HttpAsk(
        method,
        mark < 0 ? target : target.substring(0, mark),
        query,
        headers,
        body.getBytes(StandardCharsets.UTF_8),
        new InetSocketAddress("127.0.0.1", 1),
        false);
  }

  private static String body(HttpAnswer a) {
    return new String(a.body(), StandardCharsets.UTF_8);
  }

  private static HttpAnswer own(boolean secure, String method, String target) {
    CompletableFuture<HttpAnswer> a = http(secure).own(ask(method, target, Map.of(), ""));
    assertThat(a).as(method + " " + target).isNotNull();
    return a.join();
  }

  private static HttpAnswer post(String type, String body) {
    return http(true).own(ask("POST", "/auth/login", Map.of("content-type", type), body)).join();
  }

  @Test
  void pingVersionAndTheBrowsersClientNeedNoToken() {
    assertThat(body(own(true, "GET", "/ping"))).isEqualTo("pong");
    assertThat(body(own(true, "GET", "/version"))).isEqualTo("{\"version\":\"13.12.1\"}");
    HttpAnswer client = own(true, "GET", "/browser_client");
    assertThat(client.contentType()).startsWith("application/javascript");
    assertThat(body(client)).contains("HappnClient");
    String tag = client.headers().get("ETag");
    assertThat(
            http(true)
                .own(ask("GET", "/browser_client", Map.of("if-none-match", tag), ""))
                .join()
                .status())
        .isEqualTo(304);
    assertThat(own(false, "GET", "/browser_primus.js").status()).isEqualTo(404);
    assertThat(body(own(false, "GET", "/browser_crypto.js"))).contains("/browser_client");
  }

  @Test
  void otherMethodsAreRefusedByName() {
    for (String path : List.of("/ping", "/version", "/auth/login", "/auth/logout")) {
      HttpAnswer a = own(true, "DELETE", path);
      assertThat(a.status()).isEqualTo(405);
      assertThat(a.headers().get("Allow")).contains("GET").contains("HEAD");
      assertThat(own(true, "OPTIONS", path).status()).isEqualTo(204);
    }
    assertThat(own(true, "HEAD", "/ping").status()).isEqualTo(200);
    assertThat(own(true, "POST", "/ping").status()).isEqualTo(405);
  }

  @ParameterizedTest
  @CsvSource({
    "user, password",
    "username, pwd",
    "u, pass",
    "u, p",
  })
  void aLoginByQueryGivesAToken(String user, String password) {
    HttpAnswer a =
        own(true, "GET", "/auth/login?" + user + "=ada&" + password + "=%2B%20%26%C3%BC");

    assertThat(a.status()).isEqualTo(200);
    assertThat(body(a))
        .matches(
            "\\{\"message\":\"login"
                + " successful\",\"data\":\"token-of-ada-at-[-0-9a-f]+\",\"error\":null}");
    assertThat(a.headers()).containsEntry("Cache-Control", "no-store");
  }

  @Test
  void aLoginByBodyKeepsThePasswordOutOfTheAddress() {
    assertThat(body(post("application/json; charset=utf-8", "{\"u\":\"_ADMIN\",\"p\":\"secret\"}")))
        .containsPattern("\"data\":\"token-of-[-0-9a-f]+\"");
    assertThat(body(post("application/json", "{\"t\":\"token-of-ada-at-1\",\"x\":[1,{\"u\":2}]}")))
        .contains("\"data\":\"token-of-ada-at-1\"");
    assertThat(post("text/plain", "{\"u\":\"_ADMIN\",\"p\":\"secret\"}").status()).isEqualTo(415);
    for (String bad : List.of("[]", "{", "1", "{} {}", "{\"u\":}", "\u0000")) {
      assertThat(post("application/json", bad).status()).as(bad).isEqualTo(400);
    }
    assertThat(post("application/json", "{\"u\":1,\"p\":2}").status()).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "/auth/login, 401, AccessDenied, Invalid credentials",
    "/auth/login?u=_ADMIN&p=wrong, 401, AccessDenied, Invalid credentials",
    "/auth/login?u=_ADMIN, 401, AccessDenied, Invalid credentials",
    "/auth/login?t=x, 401, AccessDenied, Invalid credentials: invalid session token",
    "/auth/login?u=locked&p=secret, 403, AccessDenied, Account locked out",
    "/auth/login?u=busy&p=secret, 503, SystemError, too many logins wait already",
  })
  void aLoginThatFailsSaysWhy(String target, int status, String name, String message) {
    HttpAnswer a = own(true, "GET", target);

    assertThat(a.status()).isEqualTo(status);
    assertThat(body(a))
        .isEqualTo(
            "{\"message\":\"login failed\",\"data\":null,\"error\":{\"name\":\""
                + name
                + "\",\"code\":"
                + status
                + ",\"message\":\""
                + message
                + "\"}}");
    assertThat(a.headers().containsKey("Retry-After")).isEqualTo(status == 503);
  }

  @Test
  void logoutsOverHttpAreNotAllowed() {
    HttpAnswer a = own(true, "GET", "/auth/logout?happn_token=token-of-ada-at-1");

    assertThat(a.status()).isEqualTo(403);
    assertThat(body(a)).isEqualTo("logouts over http are not allowed");
  }

  @Test
  void whereTheyAreAllowedLogoutsGiveUpTheToken() {
    HappnHttp http = http(true, true);
    assertThat(http.own(ask("GET", "/auth/logout", Map.of(), "")).join().status()).isEqualTo(401);
    Map<String, String> shown = Map.of("authorization", "Bearer token-of-1");
    assertThat(body(http.own(ask("GET", "/auth/logout", shown, "")).join()))
        .isEqualTo("{\"message\":\"logout successful\",\"data\":\"token-of-1\",\"error\":null}");
  }

  @Test
  void aNonceIsGivenForAPublicKey() {
    for (String name : List.of("publicKey", "public_key", "public", "key", "public-key", "pk")) {
      assertThat(body(own(true, "GET", "/auth/request-nonce?" + name + "=k")))
          .as(name)
          .isEqualTo("{\"message\":\"nonce generated\",\"data\":\"bm9uY2U=\",\"error\":null}");
    }
    assertThat(own(true, "GET", "/auth/request-nonce").status()).isEqualTo(400);
  }

  private static HttpAnswer other(String target, Map<String, String> headers) {
    CompletableFuture<HttpAnswer> a = http(true).other(ask("GET", target, headers, ""));
    assertThat(a).isNotNull();
    return a.join();
  }

  @Test
  void elsewhereASecuredClusterWantsAToken() {
    List<Map<String, String>> strangers =
        List.of(
            Map.of(),
            Map.of("cookie", "a=b; happn_token"),
            Map.of("cookie", "happn_token=nonsense"),
            Map.of("cookie", "other_happn_token=token-of-_ADMIN"),
            Map.of("authorization", "Basic token-of-_ADMIN"),
            Map.of("authorization", "Bearer nonsense"));
    for (Map<String, String> headers : strangers) {
      HttpAnswer a = other("/secret/page", headers);
      assertThat(a.status()).as(headers.toString()).isEqualTo(401);
      assertThat(body(a)).isEqualTo("invalid token format or null token");
      assertThat(a.headers()).containsEntry("WWW-Authenticate", "happn-auth");
    }
    List<Map<String, String>> known =
        List.of(
            Map.of("cookie", "x=y; happn_token=token-of-ada-at-1"),
            Map.of("cookie", "happn_token_https=token-of-ada-at-1;happn_token=nonsense"),
            Map.of("authorization", "bearer token-of-ada-at-1"));
    for (Map<String, String> headers : known) {
      HttpAnswer a = other("/secret/page", headers);
      assertThat(a.status()).as(headers.toString()).isEqualTo(403);
      assertThat(body(a)).isEqualTo("unauthorized access to path /@HTTP/secret/page");
    }
    assertThat(other("/x?happn_token=token-of-_ADMIN", Map.of()).status()).isEqualTo(404);
    assertThat(other("/x?happn_token=revoked", Map.of()).status()).isEqualTo(403);
  }

  @Test
  void excludedPathsAskForNoToken() {
    List<String> exclusions = List.of("/", "/public/*", "*.css", "/exact");
    HappnHttp http =
        http(true, false, new HttpGuard(exclusions, Optional.empty(), Optional.empty()));

    for (String path : List.of("/", "/public/a/b", "/PUBLIC/x", "/a/b.css", "/exact")) {
      assertThat(http.other(ask("GET", path, Map.of(), ""))).as(path).isNull();
    }
    for (String path : List.of("/x", "/public", "/a.css/x", "/exact/x", "/a/public/x")) {
      CompletableFuture<HttpAnswer> answer = http.other(ask("GET", path, Map.of(), ""));
      assertThat(answer).as(path).isNotNull();
      assertThat(answer.join().status()).as(path).isEqualTo(401);
    }
  }

  @Test
  void browsersAreShownTheOwnersPages() {
    HttpGuard.Page who = new HttpGuard.Page("<h1>Who?</h1>".getBytes(StandardCharsets.UTF_8));
    HttpGuard.Page no = new HttpGuard.Page("<h1>No</h1>".getBytes(StandardCharsets.UTF_8));
    HappnHttp http = http(true, false, new HttpGuard(List.of(), Optional.of(who), Optional.of(no)));
    Map<String, String> ada = Map.of("authorization", "bearer token-of-ada-at-1");

    HttpAnswer unknown = http.other(ask("GET", "/x", Map.of(), "")).join();
    HttpAnswer known = http.other(ask("GET", "/x", ada, "")).join();
    HttpAnswer logout = http.own(ask("GET", "/auth/logout", ada, "")).join();

    assertThat(unknown.status()).isEqualTo(401);
    assertThat(unknown.contentType()).startsWith("text/html");
    assertThat(unknown.headers()).containsEntry("WWW-Authenticate", "happn-auth");
    assertThat(body(unknown)).isEqualTo("<h1>Who?</h1>");
    assertThat(List.of(known.status(), logout.status())).containsOnly(403);
    assertThat(List.of(body(known), body(logout))).containsOnly("<h1>No</h1>");
  }

  @Test
  void anUnsecuredClusterHasNothingToHide() {
    HappnHttp open = http(false);

    assertThat(open.other(ask("GET", "/x", Map.of(), ""))).isNull();
    assertThat(open.own(ask("GET", "/auth/login", Map.of(), ""))).isNull();
    assertThat(open.own(ask("GET", "/x", Map.of(), ""))).isNull();
  }
}
