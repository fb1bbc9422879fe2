package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.access.Access.Credentials;
import io.muster.access.Access.LoginResult;
import io.muster.access.AccessSession;
import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// What happn answers to plain HTTP: whether it is there, its version, logins, the browser client;
/// and to whoever asks for anything else on a secured cluster, that he must log in. No state; safe
/// on any thread.
final class HappnHttp {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String JAVASCRIPT = "application/javascript; charset=utf-8";
  private static final List<String> USERNAME = List.of("user", "username", "u");
  private static final List<String> PASSWORD = List.of("password", "pwd", "pass", "p");
  private static final List<String> PUBLIC_KEY =
      List.of("publicKey", "public_key", "public", "key", "public-key", "publickey", "pk");
  private static final byte[] NO_INFO = {'{', '}'};
  private static final List<String> TOKEN = List.of("token", "happn_token", "t");
  private static final Map<String, String> PRIVATE = Map.of("Cache-Control", "no-store");
  private static final String BAD_TOKEN = "invalid token format or null token";
  private static final String NO_TOKEN = "Invalid credentials: invalid session token";

  private final Access access;
  private final HappnSettings settings;
  private final byte[] version;
  private final byte[] client;

  HappnHttp(Access access, HappnSettings settings, String version) {
    this.access = access;
    this.settings = settings;
    this.version = utf8("{\"version\":\"" + version + "\"}");
    this.client = resource("browser-client.js");
  }

  private static byte[] resource(String name) {
    try (InputStream in = HappnHttp.class.getResourceAsStream(name)) {
      if (in == null) throw new IllegalStateException("the resource " + name + " is missing");
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Answers at the paths that are happn's, else null.
  @Nullable CompletableFuture<HttpAnswer> own(HttpAsk ask) {
    return switch (ask.path()) {
      case "/ping" -> read(ask, HttpAnswer.text(200, "pong"));
      case "/version" -> read(ask, HttpAnswer.json(200, version));
      case "/browser_client" -> read(ask, client(ask));
      case "/browser_primus.js", "/browser_crypto.js" ->
          read(
              ask,
              HttpAnswer.text(
                  404,
                  "not served here: /browser_client speaks WebSocket by itself and needs nothing"
                      + " else\n"));
      case "/auth/login" -> access.secure() ? login(ask) : null;
      case "/auth/request-nonce" -> access.secure() ? nonce(ask) : null;
      case "/auth/logout" -> access.secure() ? logout(ask) : null;
      default -> null;
    };
  }

  private HttpAnswer client(HttpAsk ask) {
    String tag = "\"" + Integer.toHexString(Arrays.hashCode(client)) + "\"";
    Map<String, String> headers = Map.of("ETag", tag, "Cache-Control", "no-cache");
    return tag.equals(ask.headers().get("if-none-match"))
        ? new HttpAnswer(304, JAVASCRIPT, new byte[0], headers)
        : new HttpAnswer(200, JAVASCRIPT, client, headers);
  }

  private static CompletableFuture<HttpAnswer> read(HttpAsk ask, HttpAnswer answer) {
    CompletableFuture<HttpAnswer> other = method(ask, "GET, HEAD, OPTIONS");
    return other != null ? other : CompletableFuture.completedFuture(answer);
  }

  /// The answer to a method that does not belong, or to the question which ones do; else null.
  private static @Nullable CompletableFuture<HttpAnswer> method(HttpAsk ask, String allowed) {
    Map<String, String> allow = Map.of("Allow", allowed);
    if (ask.method().equals("OPTIONS")) {
      return CompletableFuture.completedFuture(
          new HttpAnswer(204, "text/plain; charset=utf-8", new byte[0], allow));
    }
    if (List.of(allowed.split(", ")).contains(ask.method())) return null;
    return CompletableFuture.completedFuture(
        text(405, ask.method() + " is not possible here: " + allowed + "\n", allow));
  }

  // --- logins

  private CompletableFuture<HttpAnswer> login(HttpAsk ask) {
    CompletableFuture<HttpAnswer> other = method(ask, "GET, HEAD, POST, OPTIONS");
    if (other != null) return other;
    Map<String, String> given = new HashMap<>();
    ask.query().forEach((k, v) -> given.put(k, v.getFirst()));
    if (ask.method().equals("POST") && ask.body().length > 0) {
      String type = ask.headers().getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
      if (!type.startsWith("application/json")) {
        return CompletableFuture.completedFuture(
            text(415, "expected a body of the type application/json\n", Map.of()));
      }
      try {
        given.putAll(texts(ask.body()));
      } catch (JacksonException e) {
        return CompletableFuture.completedFuture(
            text(
                400,
                "expected a JSON object such as {\"username\":\"…\",\"password\":\"…\"}\n",
                Map.of()));
      }
    }
    return access
        .login(credentials(given), caller(ask))
        .thenApply(
            result ->
                switch (result) {
                  case LoginResult.Granted g ->
                      auth(200, "login successful", g.session().token(), null);
                  case LoginResult.Refused r -> refused("login failed", r.code(), r.message());
                });
  }

  private static Credentials credentials(Map<String, String> given) {
    String token = first(given, TOKEN);
    if (token != null) return new Credentials.Token(token);
    String username = first(given, USERNAME);
    String password = first(given, PASSWORD);
    String key = first(given, PUBLIC_KEY);
    String digest = given.get("digest");
    if (username == null) return new Credentials.Incomplete();
    if (key != null && digest != null) return new Credentials.Digest(username, key, digest);
    if (password == null) return new Credentials.Incomplete();
    return new Credentials.Password(username, password, null);
  }

  /// Sessions over HTTP last as long as a request; what is given is a token of the kind 0.
  private static Access.Caller caller(HttpAsk ask) {
    return new Access.Caller(
        UUID.randomUUID().toString(),
        false,
        "http",
        ask.remote().getAddress() == null
            ? InetAddress.getLoopbackAddress()
            : ask.remote().getAddress(),
        NO_INFO,
        Access.Observer.NONE);
  }

  private CompletableFuture<HttpAnswer> nonce(HttpAsk ask) {
    CompletableFuture<HttpAnswer> other = method(ask, "GET, HEAD, OPTIONS");
    if (other != null) return other;
    Map<String, String> given = new HashMap<>();
    ask.query().forEach((k, v) -> given.put(k, v.getFirst()));
    String key = first(given, PUBLIC_KEY);
    HttpAnswer answer =
        (key == null ? Optional.<String>empty() : access.nonce(key))
            .map(nonce -> auth(200, "nonce generated", nonce, null))
            .orElseGet(() -> refused("nonce failed", 400, "no publicKey was given"));
    return CompletableFuture.completedFuture(answer);
  }

  private CompletableFuture<HttpAnswer> logout(HttpAsk ask) {
    CompletableFuture<HttpAnswer> other = method(ask, "GET, HEAD, POST, OPTIONS");
    if (other != null) return other;
    if (!access.allowsLogoutOverHttp()) {
      String why = "logouts over http are not allowed";
      return CompletableFuture.completedFuture(guard().forbidden(why, PRIVATE));
    }
    String token = token(ask);
    if (token == null) return CompletableFuture.completedFuture(guard().unauthorized(BAD_TOKEN));
    return access
        .login(new Credentials.Shown(token), caller(ask))
        .thenCompose(
            result ->
                switch (result) {
                  case LoginResult.Granted g ->
                      g.session()
                          .revokeToken()
                          .handle(
                              (_, e) ->
                                  e == null
                                      ? auth(200, "logout successful", g.session().token(), null)
                                      : refused("logout failed", 503, cause(e)));
                  case LoginResult.Refused r ->
                      CompletableFuture.completedFuture(
                          refused("logout failed", r.code(), r.message()));
                });
  }

  private static String cause(Throwable e) {
    return String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage());
  }

  private static HttpAnswer refused(String message, int code, String why) {
    JsonOut error = new JsonOut(128);
    boolean denied = code == 401 || code == 403;
    error.raw("{\"name\":").string(denied ? "AccessDenied" : "SystemError");
    error.raw(",\"code\":").number(code).raw(",\"message\":").string(why).raw('}');
    return auth(code, message, null, error.toBytes());
  }

  private static HttpAnswer auth(
      int status, String message, @Nullable String data, byte @Nullable [] error) {
    JsonOut out = new JsonOut(256);
    out.raw("{\"message\":").string(message).raw(",\"data\":");
    if (data == null) out.raw("null");
    else out.string(data);
    out.raw(",\"error\":");
    if (error == null) out.raw("null");
    else out.raw(error);
    HttpAnswer plain = HttpAnswer.json(status, out.raw('}').toBytes());
    return new HttpAnswer(status, plain.contentType(), plain.body(), more(status));
  }

  /// Nobody keeps what tells a token, and who comes at a bad time is told when to come again.
  private static Map<String, String> more(int status) {
    return status == 503 ? Map.of("Cache-Control", "no-store", "Retry-After", "2") : PRIVATE;
  }

  private static @Nullable String first(Map<String, String> given, List<String> names) {
    for (String name : names) {
      String value = given.get(name);
      if (value != null && !value.isEmpty()) return value;
    }
    return null;
  }

  /// The text members of an object.
  ///
  /// @throws JacksonException when it is none
  private static Map<String, String> texts(byte[] json) {
    Map<String, String> texts = new HashMap<>();
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (p.nextToken() != JsonToken.START_OBJECT) throw new NoObject(p);
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String name = p.currentName();
        if (p.nextToken() == JsonToken.VALUE_STRING) texts.put(name, p.getString());
        else p.skipChildren();
      }
      if (p.nextToken() != null) throw new NoObject(p);
    }
    return texts;
  }

  /// Valid JSON of another shape.
  private static final class NoObject extends JacksonException {
    private static final long serialVersionUID = 1;

    NoObject(JsonParser p) {
      super(p, "no object");
    }
  }

  // --- everything else

  private HttpGuard guard() {
    return settings.guard();
  }

  /// Answers at paths that nobody serves: on a secured cluster a stranger must not learn which.
  ///
  /// @return null where the path may be called missing
  @Nullable CompletableFuture<HttpAnswer> other(HttpAsk ask) {
    if (!access.secure() || guard().excludes(ask.path())) return null;
    String token = token(ask);
    if (token == null) return CompletableFuture.completedFuture(guard().unauthorized(BAD_TOKEN));
    return access
        .login(new Credentials.Shown(token), caller(ask))
        .thenApply(
            result ->
                switch (result) {
                  case LoginResult.Granted g -> allowed(ask, g.session());
                  case LoginResult.Refused r -> notShown(r);
                });
  }

  /// What is said to somebody whose token is no good.
  private HttpAnswer notShown(LoginResult.Refused r) {
    return switch (r.code()) {
      case 401 ->
          guard()
              .unauthorized(
                  r.message().equals(NO_TOKEN)
                      ? BAD_TOKEN
                      : "authorization failed: " + r.message());
      case 403 ->
          r.message().startsWith("token userid does not match")
              ? guard().unauthorized(r.message())
              : guard().forbidden(r.message(), PRIVATE);
      default -> text(r.code(), r.message(), more(r.code()));
    };
  }

  /// What is said to somebody known: that nothing is there only where they might have looked.
  private HttpAnswer allowed(HttpAsk ask, AccessSession session) {
    String path = "/@HTTP" + ask.path();
    Action action = Action.of(ask.method().toLowerCase(Locale.ROOT)).orElse(Action.ANY);
    Actor.Refusal why = session.check(action, path);
    if (why == null) return HttpAnswer.text(404, "nothing is served at " + ask.path() + "\n");
    return why.end() != null
        ? guard()
            .unauthorized("authorization failed for " + session.username() + ": " + why.message())
        : guard().forbidden("unauthorized access to path " + path, Map.of());
  }

  private @Nullable String token(HttpAsk ask) {
    String plain = settings.cookies().name();
    String cookie = cookie(ask, settings.cookies().name(true));
    if (cookie == null) cookie = cookie(ask, plain);
    if (cookie != null) return cookie;
    List<String> query = ask.query().get("happn_token");
    if (query != null) return query.getFirst();
    String header = ask.headers().getOrDefault("authorization", "");
    return header.regionMatches(true, 0, "Bearer ", 0, 7) ? header.substring(7).strip() : null;
  }

  private static @Nullable String cookie(HttpAsk ask, String name) {
    for (String pair : ask.headers().getOrDefault("cookie", "").split(";", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
        String value = pair.substring(equals + 1).strip();
        if (!value.isEmpty()) return value;
      }
    }
    return null;
  }

  private static HttpAnswer text(int status, String body, Map<String, String> headers) {
    return new HttpAnswer(status, "text/plain; charset=utf-8", utf8(body), headers);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
