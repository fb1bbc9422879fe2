package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import java.net.InetAddress;
import java.util.Arrays;
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
      byte[] data = sessionData(s, shown, null);
      s.plain(r, data);
      return;
    }
    SessionUser user = s.user();
    if (user == null) throw new IllegalStateException("a secured session without a user");
    var address = s.connection().remote().getAddress();
    var checking =
        access.login(
            credentials(r),
            new Access.Caller(
                s.session(),
                true,
                s.protocolName(),
                address == null ? InetAddress.getLoopbackAddress() : address,
                shown,
                user));
    s.queue()
        .add(
            checking,
            () -> {
              loggedIn(s, r, checking.join(), shown);
              s.resume();
              return null;
            });
  }

  private static Access.Credentials credentials(Request r) {
    String token = member(r, "token");
    if (token != null) return new Access.Credentials.Token(token);
    String username = member(r, "username");
    if (username == null) return new Access.Credentials.Incomplete();
    String key = member(r, "publicKey");
    String digest = member(r, "digest");
    if (key != null && digest != null) {
      return new Access.Credentials.Digest(username, key, digest);
    }
    String password = member(r, "password");
    boolean anonymous = username.equals("_ANONYMOUS");
    if (password == null && !anonymous) return new Access.Credentials.Incomplete();
    return new Access.Credentials.Password(
        username, password == null ? "" : password, member(r, "authType"));
  }

  private void loggedIn(HappnSession s, Request r, Access.LoginResult result, byte[] info) {
    switch (result) {
      case Access.LoginResult.Granted g -> {
        AccessSession user = g.session();
        // A peer is told from others only when it is the administrator: info is untrusted.
        s.loggedIn(user, user.admin() && rawMember(info, "clusterName") != null);
        s.connection().send(s.answers().plain(r, s.protocolName(), sessionData(s, info, user)));
      }
      case Access.LoginResult.Refused f ->
          s.connection()
              .send(
                  s.answers()
                      .error(
                          r,
                          s.protocolName(),
                          f.code() >= 500 ? "SystemError" : "AccessDenied",
                          f.code(),
                          f.message(),
                          ""));
    }
  }

  private byte[] sessionData(HappnSession s, byte[] info, @Nullable AccessSession user) {
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
      out.raw(",\"user\":").raw(user.user());
      out.raw(",\"timestamp\":").number(faces.time().now().toEpochMilli());
      out.raw(",\"origin\":").string(protocol.instance()).raw(",\"type\":1");
      out.raw(",\"parentId\":").string(user.parent());
      out.raw(",\"policy\":").raw(user.policies());
      out.raw(",\"permissionSetKey\":").string(user.rightsKey());
      out.raw(",\"token\":").string(user.token());
      out.raw(",\"authType\":").string(user.authType());
    }
    return out.raw('}').toBytes();
  }
}
