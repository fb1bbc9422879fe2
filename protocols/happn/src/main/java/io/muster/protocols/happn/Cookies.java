package io.muster.protocols.happn;

import io.muster.gateway.ClientConnection;
import io.muster.kernel.SettingsSection;
import java.util.Locale;
import java.util.Optional;

/// How browsers keep their token. The client writes the cookie; the server only says what to call
/// it, and reads it.
///
/// @param name of the cookie
/// @param domain whose pages share it; without one the page's own host
/// @param https whether browsers that came over TLS use another cookie, `_https` behind its name
public record Cookies(String name, Optional<String> domain, boolean https) {
  static Cookies read(SettingsSection s) {
    String name = s.text("cookie_name", "happn_token", "cookie that browsers keep their token in");
    // RFC 6265: a token of RFC 9110.
    if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
      throw s.wrong("cookie_name", "letters, digits and !#$%&'*+-.^_`|~, found '" + name + "'");
    }
    Optional<String> domain =
        s.optionalText("cookie_domain", "domain whose pages share the cookie, such as .my.org");
    if (domain.isPresent() && !domain.get().matches("\\.?[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*")) {
      throw s.wrong("cookie_domain", "a domain such as .my.org, found '" + domain.get() + "'");
    }
    return new Cookies(
        name,
        domain,
        s.flag("https_cookie", false, "append _https to the cookie's name for browsers over TLS"));
  }

  /// The cookie's name.
  ///
  /// @param tls whether the browser came over TLS
  String name(boolean tls) {
    return https && tls ? name + "_https" : name;
  }

  /// The name for a browser on a connection, which may come through a proxy that speaks TLS.
  String name(ClientConnection connection) {
    String proxied = connection.headers().getOrDefault("x-forwarded-proto", "");
    String first = proxied.split(",", 2)[0].strip().toLowerCase(Locale.ROOT);
    return name(connection.tls() || first.equals("https") || first.equals("wss"));
  }
}
