package io.muster.plugins.balancer.haproxy;

import io.muster.plugins.balancer.program.Attributes;
import io.muster.spi.balance.Pool;
import io.muster.spi.watch.Endpoint;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;

/// A target as a line of haproxy's: `server websrv_<md5 of addr> <address> <options>`. Immutable.
///
/// @param name what haproxy calls it
/// @param addr what Muster calls it
/// @param weight as it is now: 0 while it drains
/// @param maxConnections 0 for no limit
/// @param options all others, in one order
record Server(
    String name,
    String addr,
    Endpoint endpoint,
    int weight,
    long maxConnections,
    List<String> options) {
  static final String PREFIX = "websrv_";
  private static final String NO_SUCH = "haproxy has no such option";

  Server {
    options = List.copyOf(options);
  }

  /// Those of a pool that haproxy can be told of.
  ///
  /// @param notes gets a line for what is left out
  static List<Server> of(Pool pool, List<String> notes) {
    List<Server> all = new ArrayList<>();
    for (Pool.Member member : pool.members()) {
      Attributes.address(member, notes).ifPresent(at -> all.add(of(member, at, notes)));
    }
    return all;
  }

  private static Server of(Pool.Member member, Endpoint at, List<String> notes) {
    Attributes a = new Attributes(member, notes);
    boolean drains = member.draining() || a.flag("drain");
    int weight = (int) a.whole("weight", 0, 256).orElse(1);
    OptionalLong max = a.whole("maxconn", 0, Integer.MAX_VALUE);
    if (max.isEmpty()) max = a.whole("max_conns", 0, Integer.MAX_VALUE);
    List<String> options = new ArrayList<>();
    if (a.flag("check")) options.add("check");
    if (a.flag("backup")) options.add("backup");
    if (a.flag("down")) options.add("disabled");
    a.word("cookie").ifPresent(c -> options.addAll(List.of("cookie", c)));
    a.time("slow_start").ifPresent(t -> options.addAll(List.of("slowstart", t)));
    if (Attributes.named(at)) options.addAll(List.of("init-addr", "last,libc,none"));
    for (String other : List.of("max_fails", "fail_timeout", "route", "service", "resolve")) {
      a.unsupported(other, NO_SUCH);
    }
    String addr = member.target().addr();
    return new Server(name(addr), addr, at, drains ? 0 : weight, max.orElse(0), options);
  }

  static String name(String addr) {
    try {
      byte[] md5 = MessageDigest.getInstance("MD5").digest(addr.getBytes(StandardCharsets.UTF_8));
      return PREFIX + HexFormat.of().formatHex(md5);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  String address() {
    return switch (endpoint) {
      case Endpoint.Net net -> net.authority();
      case Endpoint.Unix unix -> "unix@" + unix.path();
    };
  }

  /// Whether its address is a name, which haproxy looks up.
  boolean named() {
    return Attributes.named(endpoint);
  }

  boolean checked() {
    return options.contains("check");
  }

  /// What follows `server` in a file, and `add server <backend>/` at run time but for the space.
  String line() {
    StringBuilder line = new StringBuilder("server ").append(name).append(' ').append(address());
    line.append(" weight ").append(weight);
    if (maxConnections > 0) line.append(" maxconn ").append(maxConnections);
    for (String option : options) line.append(' ').append(option);
    return line.toString();
  }

  /// The line without what can be changed while it runs.
  static String fixed(String line) {
    return line.strip().replaceFirst(" weight \\d+", "").replaceFirst(" maxconn \\d+", "");
  }
}
