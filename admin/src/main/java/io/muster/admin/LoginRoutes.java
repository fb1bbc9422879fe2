package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `/v1/login`: a token becomes a session of a browser, with a cookie that scripts cannot read.
///
/// Cookies of a host are shared by its ports, so that each member has a cookie of its own name.
final class LoginRoutes {
  private static final Logger log = LoggerFactory.getLogger(LoginRoutes.class);
  private static final int BODY_MAX = 4096;

  private final AdminFaces faces;
  private final Logins logins;
  private final List<String> topics;

  /// @param topics what can be followed on this member
  LoginRoutes(AdminFaces faces, Logins logins, List<String> topics) {
    this.faces = faces;
    this.logins = logins;
    this.topics = List.copyOf(topics);
  }

  List<Route> routes() {
    return List.of(
        Route.open("GET", "/v1/login", this::who),
        Route.open("POST", "/v1/login", this::login),
        Route.open("DELETE", "/v1/login", this::logout));
  }

  /// The name of this member's cookie.
  static String cookie(AdminFaces faces) {
    String id = faces.status().id();
    return "muster_" + (id.length() < 12 ? "member" : id.substring(0, 12));
  }

  private void who(Exchange x) throws IOException {
    x.set("Cache-Control", "no-store");
    Optional<Logins.Session> session = logins.session(x, cookie(faces));
    x.json(200, view(session));
  }

  /// Whoever is not logged in learns nothing of the member.
  private Map<String, Object> view(Optional<Logins.Session> session) {
    Map<String, Object> v = new LinkedHashMap<>();
    boolean in = logins.open() || session.isPresent();
    v.put("loggedIn", in);
    v.put("needsToken", !logins.open());
    if (!in) return v;
    Caller.Role role = session.map(s -> s.role).orElse(Caller.Role.ADMIN);
    v.put("role", role.name().toLowerCase(Locale.ROOT));
    v.put("name", session.map(s -> s.name).orElse(""));
    v.put("csrf", session.map(s -> s.csrf).orElse(""));
    v.put("topics", topics);
    AdminFaces.Status status = faces.status();
    v.put("member", status.name());
    v.put("cluster", status.cluster());
    v.put("version", status.version());
    return v;
  }

  private void login(Exchange x) throws IOException {
    JsonNode body = body(x);
    Logins.Session session;
    try {
      session = logins.login(x, body.path("token").asString(""), body.path("name").asString(""));
    } catch (MusterException e) {
      log.warn("admin_login_refused from={} reason={}", x.address(), e.code().code());
      throw e;
    }
    log.info("admin_login from={} role={} name={}", x.address(), session.role, session.name);
    x.set("Cache-Control", "no-store");
    x.set("Set-Cookie", cookie(faces) + "=" + session.id() + "; Path=/; HttpOnly; SameSite=Strict");
    x.json(200, view(Optional.of(session)));
  }

  private static JsonNode body(Exchange x) throws IOException {
    String expected = "expected a body such as {\"token\":\"…\",\"name\":\"ann\"}";
    try {
      JsonNode body = Exchange.JSON.readTree(x.body(BODY_MAX));
      if (body.isObject() && body.path("token").isString()) return body;
    } catch (JacksonException e) {
      throw new MusterException(ErrorCode.BAD_REQUEST, expected, e);
    }
    throw new MusterException(ErrorCode.BAD_REQUEST, expected);
  }

  private void logout(Exchange x) throws IOException {
    logins.logout(x, cookie(faces));
    x.set("Set-Cookie", cookie(faces) + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    x.json(200, Map.of("loggedIn", logins.open()));
  }
}
