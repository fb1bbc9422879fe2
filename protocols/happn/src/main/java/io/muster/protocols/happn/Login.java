package io.muster.protocols.happn;

import io.muster.access.Access;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// `login`, and the session that a client is told of. No state; called on the session's lane.
final class Login {
  private static final JsonFactory JSON = new JsonFactory();

  private final HappnProtocol protocol;
  private final HappnProtocol.Faces faces;

  Login(HappnProtocol protocol) {
    this.protocol = protocol;
    this.faces = protocol.faces();
  }

  /// A text member of the request's data, or null.
  static @Nullable String member(Request r, String name) {
    byte[] found = rawMember(r.dataKind == Request.Kind.OBJECT ? r.data : null, name);
    return found == null || found[0] != '"' ? null : text(found);
  }

  /// The text of a JSON string.
  static String text(byte[] quoted) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), quoted)) {
      p.nextToken();
      return p.getString();
    }
  }

  /// The bytes of a member's value, or null.
  static byte @Nullable [] rawMember(byte @Nullable [] object, String name) {
    if (object == null) return null;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      p.nextToken();
      while (p.nextToken() != JsonToken.END_OBJECT) {
        boolean wanted = p.currentName().equals(name);
        p.nextToken();
        int from = (int) p.currentTokenLocation().getByteOffset();
        p.skipChildren();
        p.finishToken();
        int to = (int) p.currentLocation().getByteOffset();
        if (wanted) return Arrays.copyOfRange(object, from, to);
      }
    }
    return null;
  }

  void login(HappnSession s, Request r) {
    if (r.dataKind != Request.Kind.OBJECT) {
      s.refuse(r, "AccessDenied", 401, "Invalid credentials");
      return;
    }
    byte[] info = rawMember(r.data, "info");
    byte[] shown = info != null && info[0] == '{' ? info : new byte[] {'{', '}'};
    Access access = faces.access();
    if (!access.secure()) {
      byte[] data = sessionData(s, shown, null, "", "");
      s.plain(r, data);
      return;
    }
    String token = member(r, "token");
    String username = member(r, "username");
    String password = member(r, "password");
    CompletableFuture<Access.LoginResult> checking;
    if (token != null) checking = access.login(token);
    else if (username != null && password != null) checking = access.login(username, password);
    else {
      s.refuse(r, "AccessDenied", 401, "Invalid credentials");
      return;
    }
    s.queue()
        .add(
            checking,
            () -> {
              loggedIn(s, r, checking, shown, token);
              s.resume();
              return null;
            });
  }

  private void loggedIn(
      HappnSession s,
      Request r,
      CompletableFuture<Access.LoginResult> checking,
      byte[] info,
      @Nullable String usedToken) {
    if (checking.isCompletedExceptionally()) {
      s.connection()
          .send(s.answers().error(r, s.protocolName(), "SystemError", 500, "login failed", ""));
      return;
    }
    switch (checking.join()) {
      case Access.LoginResult.Granted g -> {
        // A peer is told from others only when it is the administrator: info is untrusted.
        s.loggedIn(g.identity(), g.identity().admin() && rawMember(info, "clusterName") != null);
        String token =
            usedToken != null ? usedToken : faces.access().token(g.identity(), s.session());
        String parent = g.session().isEmpty() ? s.session() : g.session();
        s.connection()
            .send(
                s.answers()
                    .plain(r, s.protocolName(), sessionData(s, info, g.identity(), token, parent)));
      }
      case Access.LoginResult.Refused f ->
          s.connection()
              .send(
                  s.answers()
                      .error(
                          r,
                          s.protocolName(),
                          f.code() == 503 ? "SystemError" : "AccessDenied",
                          f.code(),
                          f.message(),
                          ""));
    }
  }

  private byte[] sessionData(
      HappnSession s, byte[] info, Access.@Nullable Identity user, String token, String parent) {
    boolean secure = faces.access().secure();
    JsonOut out = new JsonOut(1024);
    out.raw("{\"id\":").string(s.session()).raw(",\"protocol\":").string(s.protocolName());
    out.raw(",\"happn\":{\"name\":").string(protocol.instance());
    out.raw(",\"secure\":").raw(secure ? "true}" : "false}");
    out.raw(",\"headers\":{},\"encrypted\":false,\"address\":{\"ip\":");
    out.string(
        s.connection().remote().getAddress() == null
            ? ""
            : s.connection().remote().getAddress().getHostAddress());
    out.raw(",\"secure\":").raw(s.connection().tls() ? "true" : "false");
    out.raw(",\"port\":").number(s.connection().remote().getPort()).raw('}');
    out.raw(",\"url\":").string(s.connection().url());
    out.raw(",\"version\":").string(protocol.version()).raw(",\"info\":").raw(info);
    if (user != null) {
      Cookies cookies = protocol.settings().cookies();
      out.raw(",\"cookieName\":").string(cookies.name(s.connection()));
      if (cookies.domain().isPresent()) {
        out.raw(",\"cookieDomain\":").string(cookies.domain().get());
      }
      out.raw(",\"user\":{\"custom_data\":{},\"username\":").string(user.username());
      out.raw(",\"userid\":").string(user.userid()).raw(",\"permissions\":{}}");
      out.raw(",\"timestamp\":").number(faces.time().now().toEpochMilli());
      out.raw(",\"origin\":").string(protocol.instance()).raw(",\"type\":1");
      out.raw(",\"parentId\":").string(parent);
      out.raw(",\"policy\":{\"0\":{\"ttl\":0,\"inactivity_threshold\":null}");
      out.raw(",\"1\":{\"ttl\":0,\"inactivity_threshold\":null}}");
      out.raw(",\"permissionSetKey\":\"_ADMIN\",\"token\":").string(token);
      out.raw(",\"authType\":\"happn\"");
    }
    return out.raw('}').toBytes();
  }
}
