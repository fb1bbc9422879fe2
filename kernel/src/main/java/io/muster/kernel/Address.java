package io.muster.kernel;

import java.net.InetSocketAddress;

/// A host (name or literal, IPv6 without brackets) and a port, as told to peers; not resolved.
public record Address(String host, int port) {
  public Address {
    if (host.isBlank()) throw new IllegalArgumentException("an address needs a host");
    if (port < 0 || port > 65535)
      throw new IllegalArgumentException("a port is 0 to 65535, found: " + port);
  }

  /// Parses `host:port` or `[ipv6]:port`.
  ///
  /// @throws IllegalArgumentException with what was expected and found
  public static Address parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) throw new IllegalArgumentException("expected host:port, found: " + text);
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
    else if (host.indexOf(':') >= 0)
      throw new IllegalArgumentException("expected [ipv6]:port, found: " + text);
    try {
      return new Address(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a port number after ':', found: " + text, e);
    }
  }

  /// The address for sockets, resolved now: may ask a resolver and block.
  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
