package io.muster.plugins.balancer.envoy;

import io.muster.plugins.balancer.envoy.EnvoySettings.Address;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What a running envoy tells on its admin port. Immutable.
record EnvoyAdmin(Address address, Duration within) {
  private static final int ANSWER_BYTES_MAX = 16 << 20;
  private static final int STATS_MAX = 2000;

  /// Empty when it does not answer, or not with 200.
  private Optional<byte[]> get(String path) {
    String host = address.host();
    if (host.equals("0.0.0.0") || host.equals("::")) host = "localhost";
    if (host.indexOf(':') >= 0) host = "[" + host + "]";
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://" + host + ":" + address.port() + path).toURL().openConnection();
      connection.setConnectTimeout((int) within.toMillis());
      connection.setReadTimeout((int) within.toMillis());
      connection.setInstanceFollowRedirects(false);
      try {
        if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) return Optional.empty();
        try (InputStream in = connection.getInputStream()) {
          return Optional.of(in.readNBytes(ANSWER_BYTES_MAX));
        }
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  boolean answers() {
    return get("/ready").isPresent() || get("/clusters").isPresent();
  }

  /// Addresses of the hosts a cluster has now, `host:port` or a path; empty where envoy does not
  /// answer or has no such cluster.
  Optional<Set<String>> hosts(String cluster) {
    return get("/clusters?format=json").flatMap(json -> hosts(json, cluster));
  }

  static Optional<Set<String>> hosts(byte[] json, String cluster) {
    JsonValue answer;
    try {
      answer = JsonText.read(json);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    for (JsonValue status : array(answer, "cluster_statuses")) {
      if (!text(status, "name").equals(cluster)) continue;
      Set<String> hosts = new TreeSet<>();
      for (JsonValue host : array(status, "host_statuses")) {
        JsonValue at = member(host, "address");
        JsonValue socket = member(at, "socket_address");
        if (socket instanceof JsonValue.Obj) {
          String name = text(socket, "address");
          if (name.indexOf(':') >= 0) name = "[" + name + "]";
          long port = member(socket, "port_value") instanceof JsonValue.Whole p ? p.value() : 0;
          hosts.add(name + ":" + port);
        } else {
          hosts.add(text(member(at, "pipe"), "path"));
        }
      }
      return Optional.of(hosts);
    }
    return Optional.empty();
  }

  private static JsonValue member(JsonValue of, String name) {
    return of instanceof JsonValue.Obj o
        ? o.members().getOrDefault(name, JsonValue.NULL)
        : JsonValue.NULL;
  }

  private static String text(JsonValue of, String name) {
    return member(of, name) instanceof JsonValue.Text t ? t.value() : "";
  }

  private static List<JsonValue> array(JsonValue of, String name) {
    return member(of, name) instanceof JsonValue.Arr a ? a.elements() : List.of();
  }

  /// What it counts for names that begin with one of the prefixes, as it names it; at most 2,000.
  JsonValue stats(List<String> prefixes) {
    LinkedHashMap<String, JsonValue> all = new LinkedHashMap<>();
    String text = get("/stats?usedonly").map(b -> new String(b, StandardCharsets.UTF_8)).orElse("");
    for (String line : text.lines().toList()) {
      int colon = line.indexOf(": ");
      if (colon < 0 || prefixes.stream().noneMatch(line::startsWith)) continue;
      String value = line.substring(colon + 2).strip();
      if (all.size() < STATS_MAX && value.matches("-?[0-9]{1,18}")) {
        all.put(line.substring(0, colon), new JsonValue.Whole(Long.parseLong(value)));
      }
    }
    return new JsonValue.Obj(all);
  }
}
