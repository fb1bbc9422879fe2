package io.muster.spi.watch;

import java.util.Locale;

/// Where a target is reached. Immutable.
public sealed interface Endpoint {
  /// The one way to write it: equal endpoints have equal texts.
  String text();

  /// A host and a port.
  ///
  /// @param scheme in small letters, `tcp` where none was written
  /// @param host in small letters, IPv6 without brackets; not resolved
  /// @param port 1 to 65535
  record Net(String scheme, String host, int port) implements Endpoint {
    public Net {
      scheme = scheme.toLowerCase(Locale.ROOT);
      host = host.toLowerCase(Locale.ROOT);
      if (host.isBlank()) throw new IllegalArgumentException("an address needs a host");
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("a port is 1 to 65535, found: " + port);
      }
    }

    /// `host:port`, as connections and balancers want it.
    public String authority() {
      return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    @Override
    public String text() {
      return scheme.equals("tcp") ? authority() : scheme + "://" + authority();
    }
  }

  /// A socket of this machine's file system.
  ///
  /// @param path absolute
  record Unix(String path) implements Endpoint {
    public Unix {
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("a socket's path begins with /, found: " + path);
      }
    }

    @Override
    public String text() {
      return path;
    }
  }

  /// Parses `host:port`, `[ipv6]:port`, `scheme://host:port`, `/path` or `unix:/path`.
  ///
  /// @param port where none is written; 0 where one must be
  /// @throws IllegalArgumentException with what was expected and found
  static Endpoint parse(String text, int port) {
    String t = text.strip();
    if (t.startsWith("unix:")) t = t.substring(5).replaceFirst("^/*", "/");
    if (t.startsWith("/")) return new Unix(t);
    String scheme = "tcp";
    int at = t.indexOf("://");
    if (at >= 0) {
      scheme = t.substring(0, at);
      if (!scheme.matches("[A-Za-z][A-Za-z0-9+.-]*")) {
        throw new IllegalArgumentException("expected scheme://host:port, found: " + text);
      }
      t = t.substring(at + 3);
    }
    if (t.endsWith("/")) t = t.substring(0, t.length() - 1);
    int end = t.startsWith("[") ? t.indexOf(']') + 1 : t.indexOf(':');
    if (end < 0) end = t.length();
    if (t.startsWith("[") && end == 0) {
      throw new IllegalArgumentException("expected [ipv6]:port, found: " + text);
    }
    String host = t.substring(0, end);
    if (host.startsWith("[")) host = host.substring(1, host.length() - 1);
    if (host.matches(".*[\\s/?#@].*")) {
      throw new IllegalArgumentException("expected host:port, found: " + text);
    }
    String rest = t.substring(end);
    if (rest.isEmpty() && port > 0) return new Net(scheme, host, port);
    if (!rest.startsWith(":")) {
      throw new IllegalArgumentException("expected host:port, found: " + text);
    }
    try {
      return new Net(scheme, host, Integer.parseInt(rest.substring(1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a port number after ':', found: " + text, e);
    }
  }
}
