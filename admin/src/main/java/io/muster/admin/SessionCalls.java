package io.muster.admin;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.AccessSettings;
import io.muster.access.Directory;
import io.muster.gateway.GatewayView;
import io.muster.gateway.Listening;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.ClusterSettings;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `security.*` of `/rpc` that concern tokens, sessions and passwords, and `session.*`.
final class SessionCalls {
  /// What is said where nobody gave a reason, as in happn.
  private static final String REASON = "SYSTEM";

  private final AdminFaces faces;

  SessionCalls(AdminFaces faces) {
    this.faces = faces;
  }

  private Directory directory() {
    return SecurityCalls.directory(faces);
  }

  private static Sessions sessions(AdminFaces faces) {
    return faces
        .sessions()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "sessions are not known here yet"));
  }

  void enter(Map<String, RpcMethod> table) {
    String s = "security.";
    table.put(s + "login", RpcMethod.of(this::login, "credentials"));
    table.put(s + "revokeToken", RpcMethod.of((a, _) -> revokeToken(a), "token", "reason?"));
    table.put(s + "restoreToken", RpcMethod.of((a, _) -> restoreToken(a), "token"));
    table.put(s + "listRevokedTokens", RpcMethod.of((_, _) -> listRevokedTokens()));
    table.put(s + "listActiveSessions", RpcMethod.of((_, _) -> listActiveSessions()));
    table.put(
        s + "activateSessionManagement",
        RpcMethod.of((a, _) -> activateSessionManagement(a), "logSessionActivity?"));
    table.put(s + "listSessionActivity", RpcMethod.of((a, _) -> listSessionActivity(a), "filter?"));
    table.put(s + "activateSessionActivity", RpcMethod.of((_, _) -> record(true)));
    table.put(s + "deactivateSessionActivity", RpcMethod.of((_, _) -> record(false), "clear?"));
    table.put(
        s + "changePassword",
        RpcMethod.of(this::changePassword, "username", "oldPassword", "newPassword"));
    table.put(
        s + "resetPassword", RpcMethod.of((a, _) -> resetPassword(a), "username", "password"));
    table.put(
        "session.disconnectSession", RpcMethod.of((a, _) -> disconnectSession(a), "id", "reason?"));
    table.put("session.stats", RpcMethod.of((_, _) -> stats()));
    table.put("subscription.allListeners", RpcMethod.of((a, _) -> allListeners(a), "sessionId"));
  }

  // --- logging in

  private Object login(RpcMethod.Arguments a, RpcMethod.Caller caller) {
    JsonNode c = a.object("credentials");
    RpcMethod.Arguments.members("credentials", c, "username", "password", "token", "authType");
    Access.Credentials credentials = new Access.Credentials.Incomplete();
    if (c.path("token").isString()) {
      credentials = new Access.Credentials.Token(c.path("token").asString());
    } else if (c.path("username").isString() && c.path("password").isString()) {
      JsonNode authType = c.path("authType");
      credentials =
          new Access.Credentials.Password(
              c.path("username").asString(),
              c.path("password").asString(),
              authType.isString() ? authType.asString() : null);
    }
    try (AccessSession s = loggedIn(credentials, caller)) {
      ObjectNode answer = Exchange.JSON.createObjectNode();
      answer.put("id", s.id()).put("parentId", s.parent()).put("username", s.username());
      answer.put("type", 0).put("token", s.token());
      answer.set("user", Rpc.tree(s.user()));
      answer.set("policy", Rpc.tree(s.policies()));
      return answer;
    }
  }

  private AccessSession loggedIn(Access.Credentials credentials, RpcMethod.Caller caller) {
    Access.Caller session =
        new Access.Caller(
            UUID.randomUUID().toString(),
            false,
            "rpc",
            caller.address(),
            "{}".getBytes(StandardCharsets.UTF_8),
            Access.Observer.NONE);
    Access access = SecurityCalls.access(faces);
    return switch (Waiting.on(access.login(credentials, session))) {
      case Access.LoginResult.Granted g -> g.session();
      case Access.LoginResult.Refused r -> throw new Refused(r.code(), r.message());
    };
  }

  /// A login that was refused, with the code clients know.
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    final int code;

    Refused(int code, String message) {
      super(message);
      this.code = code;
    }
  }

  /// Whoever knows the old password may; a wrong one counts against the account as a login does.
  private @Nullable Object changePassword(RpcMethod.Arguments a, RpcMethod.Caller caller) {
    String old = a.text("oldPassword");
    try (AccessSession s =
        loggedIn(new Access.Credentials.Password(a.text("username"), old, null), caller)) {
      Waiting.on(s.changePassword(old, a.text("newPassword")));
    }
    return null;
  }

  private Object resetPassword(RpcMethod.Arguments a) {
    String name = a.named("username", "username");
    Waiting.on(directory().resetPassword(name, a.text("password")));
    return name;
  }

  // --- tokens

  private Object revokeToken(RpcMethod.Arguments a) {
    return view(Waiting.on(directory().revoke(a.text("token"), a.text("reason", REASON))));
  }

  private static ObjectNode view(Directory.Revoked t) {
    return Exchange.JSON
        .createObjectNode()
        .put("id", t.id())
        .put("username", t.username())
        .put("reason", t.reason())
        .put("timestamp", t.at())
        .put("ttl", t.until() == 0 ? 0 : Math.max(0, t.until() - t.at()));
  }

  private @Nullable Object restoreToken(RpcMethod.Arguments a) {
    Waiting.on(directory().restore(a.text("token")));
    return null;
  }

  private Object listRevokedTokens() {
    ArrayNode list = Exchange.JSON.createArrayNode();
    Waiting.on(directory().revoked()).forEach(t -> list.add(view(t)));
    return list;
  }

  // --- sessions

  /// Sessions and revoked tokens are always listed; only activity has to be asked for.
  private @Nullable Object activateSessionManagement(RpcMethod.Arguments a) {
    return a.bool("logSessionActivity", false) ? record(true) : null;
  }

  /// On all members; what was recorded is forgotten with the end of it, so `clear` says nothing
  /// new.
  private @Nullable Object record(boolean now) {
    ClusterSettings settings =
        faces
            .settings()
            .orElseThrow(
                () -> new MusterException(ErrorCode.NOT_STARTED, "settings are not known here"));
    Waiting.on(settings.set(AccessSettings.LOG_ACTIVITY.name(), Boolean.toString(now)));
    return null;
  }

  private Object listSessionActivity(RpcMethod.Arguments a) {
    CriteriaMatcher filter = a.has("filter") ? filter(a.object("filter")) : null;
    Sessions.Acts found = sessions(faces).activity("*", Sessions.LIMIT_MAX);
    complete(found.unanswered(), "/v1/activity");
    if (!found.silent().isEmpty()) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST,
          "session activity logging not activated: members "
              + String.join(", ", found.silent())
              + " record nothing; call security.activateSessionActivity");
    }
    ArrayNode list = Exchange.JSON.createArrayNode();
    for (Sessions.Done d : found.activity()) {
      Directory.Activity x = d.activity();
      ObjectNode node =
          Exchange.JSON
              .createObjectNode()
              .put("path", x.path())
              .put("action", x.action())
              .put("id", x.session())
              .put("error", "")
              .put("authorized", x.authorized())
              .put("reason", x.reason())
              .put("username", x.username())
              .put("timestamp", x.at())
              .put("member", d.member());
      if (filter == null || meets(filter, node)) list.add(node);
    }
    return list;
  }

  private static CriteriaMatcher filter(JsonNode given) {
    try {
      JsonValue json = JsonText.read(Exchange.JSON.writeValueAsBytes(given));
      Criteria criteria = CriteriaJson.read(json, FieldPath.Data::of);
      CriteriaLimits.check(new ListQuery("*", criteria, List.of(), 0, 0));
      return CriteriaMatcher.of(criteria);
    } catch (IllegalArgumentException e) {
      throw Rpc.Failure.params("Invalid params: filter: " + e.getMessage());
    }
  }

  private static boolean meets(CriteriaMatcher filter, JsonNode node) {
    byte[] json = Exchange.JSON.writeValueAsBytes(node);
    return filter.matches(new PathRecord("", json, 0, 0, null, null, 1));
  }

  private Object allListeners(RpcMethod.Arguments a) {
    String id = a.text("sessionId");
    ArrayNode list = Exchange.JSON.createArrayNode();
    sessions(faces)
        .listening(id)
        .ifPresent(ears -> ears.listening().forEach(l -> list.add(listener(id, l))));
    return list;
  }

  private static ObjectNode listener(String session, Listening l) {
    ObjectNode node = Exchange.JSON.createObjectNode().put("subscriberKey", session);
    ObjectNode data = node.putObject("data");
    data.put("ref", l.reference()).put("action", l.action().toUpperCase(Locale.ROOT));
    data.put("path", l.pattern());
    ObjectNode options = data.putObject("options").put("depth", l.depth());
    if (l.narrowed()) options.put("narrowed", true);
    if (!l.as().isEmpty()) options.put("onBehalfOf", l.as());
    return node;
  }

  /// @param unanswered members whose part is missing
  private static void complete(List<String> unanswered, String route) {
    if (unanswered.isEmpty()) return;
    throw new MusterException(
        ErrorCode.LINK_TIMEOUT,
        "the sessions of these members are not known: "
            + String.join(", ", unanswered)
            + "; GET "
            + route
            + " lists those of the others");
  }

  private Object listActiveSessions() {
    Sessions.Found found = sessions(faces).list("*", Sessions.LIMIT_MAX);
    complete(found.unanswered(), "/v1/sessions");
    ArrayNode list = Exchange.JSON.createArrayNode();
    for (Sessions.Held h : found.sessions()) {
      Directory.SessionView s = h.session();
      list.add(
          Exchange.JSON
              .createObjectNode()
              .put("id", s.id())
              .put("parentId", s.parent())
              .put("username", s.username())
              .put("type", s.stateful() ? 1 : 0)
              .put("protocol", s.protocol())
              .put("sourceAddress", s.address())
              .put("timestamp", s.since())
              .put("msgCount", s.requests())
              .put("member", h.member()));
    }
    return list;
  }

  private Object disconnectSession(RpcMethod.Arguments a) {
    Optional<String> member = sessions(faces).end(a.text("id"), a.text("reason", UserRoutes.ENDED));
    return Exchange.JSON.createObjectNode().put("ended", member.isPresent());
  }

  private Object stats() {
    long here = faces.gateway().map(GatewayView::connections).orElse(0L);
    return Exchange.JSON.createObjectNode().put("sessions", here);
  }
}
