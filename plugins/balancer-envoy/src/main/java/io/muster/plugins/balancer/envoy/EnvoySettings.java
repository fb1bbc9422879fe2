package io.muster.plugins.balancer.envoy;

import io.muster.spi.ProviderSettings;
import io.muster.spi.store.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The keys of a balancer `envoy`. Immutable.
///
/// @param listen where clients come
/// @param filter what is spoken there
/// @param admin where envoy answers questions
/// @param adminBlock the user's own block, instead of one with `admin` alone
/// @param bin what is started; empty where envoy is started by others
/// @param hotRestart keys of hot restarts that were given and mean nothing here
/// @param within how long each step may take
record EnvoySettings(
    List<Address> listen,
    Filter filter,
    Address admin,
    Optional<JsonValue.Obj> adminBlock,
    Duration connectTimeout,
    Duration opTimeout,
    DnsType dnsType,
    String lbPolicy,
    Optional<String> bin,
    Optional<String> pidFile,
    List<String> hotRestart,
    Duration within) {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):)?([0-9]{1,5})");
  private static final int ADMIN_PORT = 9990;

  record Address(String host, int port) {}

  enum Filter {
    REDIS,
    TCP,
    HTTP
  }

  enum DnsType {
    STRICT_DNS,
    LOGICAL_DNS
  }

  enum LbPolicy {
    ROUND_ROBIN,
    LEAST_REQUEST,
    RING_HASH,
    RANDOM,
    MAGLEV
  }

  EnvoySettings {
    listen = List.copyOf(listen);
    hotRestart = List.copyOf(hotRestart);
  }

  static EnvoySettings read(ProviderSettings s) {
    List<String> given =
        s.texts("listen", List.of(), "where clients come, host:port or a port, which is 0.0.0.0");
    Filter filter = s.choice("filter", Filter.class, Filter.REDIS, "redis, tcp or http");
    Optional<JsonValue> admin =
        s.value(
            "admin",
            "host:port, a port (of loopback), or envoy's own block",
            "where envoy answers questions; 127.0.0.1:9990 where nothing is said");
    Duration connect =
        s.duration("connect_timeout", seconds(5), millis(1), seconds(600), "to reach a target");
    Duration op =
        s.duration("op_timeout", seconds(5), millis(1), seconds(600), "for a command, with redis");
    DnsType dns =
        s.choice("dns_type", DnsType.class, DnsType.STRICT_DNS, "how names of targets are used");
    // Written MAGLEV by some and maglev by others.
    LbPolicy policy =
        s.choice("lb_policy", LbPolicy.class, LbPolicy.MAGLEV, "how targets are chosen");
    Optional<String> bin =
        s.optionalText("envoy_bin", "the program, if Muster shall start it; else others do");
    Optional<String> pid = s.optionalText("pid_file", "names the envoy that Muster started");
    List<String> hotRestart = new ArrayList<>();
    for (String key : List.of("envoy_wrapper_bin", "socket_file")) {
      String meaning = "of hot restarts, which files that are watched make needless";
      if (s.optionalText(key, meaning).isPresent()) hotRestart.add(key);
    }
    Duration within =
        s.duration("step_timeout", seconds(10), millis(100), seconds(600), "for each step");
    if (given.isEmpty()) throw s.wrong("listen", "at least one host:port or port");
    List<Address> listen = new ArrayList<>();
    for (String text : given) listen.add(address(s, "listen", text, "0.0.0.0"));
    Optional<JsonValue.Obj> block =
        admin.flatMap(a -> a instanceof JsonValue.Obj o ? Optional.of(o) : Optional.empty());
    Address at =
        switch (admin.orElse(JsonValue.NULL)) {
          case JsonValue.Null _ -> new Address("127.0.0.1", ADMIN_PORT);
          case JsonValue.Whole w -> address(s, "admin", Long.toString(w.value()), "127.0.0.1");
          case JsonValue.Text t -> address(s, "admin", t.value(), "127.0.0.1");
          case JsonValue.Obj o -> ofBlock(s, o);
          default -> throw s.wrong("admin", "host:port, a port, or envoy's own block");
        };
    return new EnvoySettings(
        listen,
        filter,
        at,
        block,
        connect,
        op,
        dns,
        policy.name().toUpperCase(Locale.ROOT),
        bin,
        pid,
        hotRestart,
        within);
  }

  private static Duration seconds(int n) {
    return Duration.ofSeconds(n);
  }

  private static Duration millis(int n) {
    return Duration.ofMillis(n);
  }

  private static Address address(ProviderSettings s, String key, String text, String host) {
    Matcher match = ADDRESS.matcher(text.strip());
    int port = match.matches() ? Integer.parseInt(match.group(2)) : 0;
    if (port < 1 || port > 65535) {
      throw s.wrong(key, "host:port or a port, 1 to 65535, found '" + text + "'");
    }
    String given = match.group(1);
    return new Address(given == null ? host : given.replaceAll("[\\[\\]]", ""), port);
  }

  private static Address ofBlock(ProviderSettings s, JsonValue.Obj block) {
    JsonValue at = block;
    for (String key : List.of("address", "socket_address")) {
      SequencedMap<String, JsonValue> members =
          at instanceof JsonValue.Obj o ? o.members() : new LinkedHashMap<>();
      at = members.getOrDefault(key, JsonValue.NULL);
    }
    if (at instanceof JsonValue.Obj o
        && o.members().get("address") instanceof JsonValue.Text host
        && o.members().get("port_value") instanceof JsonValue.Whole port
        && port.value() >= 1
        && port.value() <= 65535) {
      return new Address(host.value(), (int) port.value());
    }
    throw s.wrong("admin", "address.socket_address with address and port_value in the block");
  }
}
