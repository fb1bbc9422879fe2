package io.muster.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// What a member with two clusters would list: five caches, and a fleet of ten thousand.
final class ManyTargets {
  static final int FLEET = 10_000;
  private final long began = System.currentTimeMillis();
  private final AtomicInteger turn = new AtomicInteger();
  volatile int failed = -1;
  private volatile List<Map<String, Object>> now = list();

  /// One target of the fleet fails.
  void fail(int number) {
    failed = number;
    now = list();
  }

  /// The checks have been done again and took another time.
  void again() {
    turn.incrementAndGet();
    now = list();
  }

  List<Map<String, Object>> now() {
    return now;
  }

  private List<Map<String, Object>> list() {
    List<Map<String, Object>> cache = new ArrayList<>();
    for (int i = 1; i <= 5; i++) cache.add(cached(i));
    List<Map<String, Object>> fleet = new ArrayList<>(FLEET);
    for (int i = 0; i < FLEET; i++) {
      String state = i == failed || i == 4711 ? "critical" : i % 997 == 5 ? "warning" : "passing";
      fleet.add(node("tcp://10.1." + i / 250 + "." + i % 250 + ":6379", state, i));
    }
    return List.of(
        cluster("cache", "redis", cache, List.of(haproxy(cache), nginx())),
        cluster("fleet", "redis", fleet, List.of()));
  }

  private static Map<String, Object> cluster(
      String name,
      String type,
      List<Map<String, Object>> nodes,
      List<Map<String, Object>> balancers) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", name);
    c.put("type", type);
    c.put("initialized", true);
    c.put("nodes", nodes);
    c.put("active", nodes.stream().filter(n -> n.get("active").equals(true)).toList());
    c.put("balancers", balancers);
    c.put("triggers", List.of());
    return c;
  }

  private Map<String, Object> cached(int i) {
    Map<String, Object> n =
        node(
            "tcp://10.0.0." + i + ":6379", i == 3 ? "critical" : i == 4 ? "warning" : "passing", i);
    if (i == 2) {
      n.put("disabled", true);
      n.put("active", false);
      n.put("comment", "disk is replaced on Friday");
    }
    if (i == 5) {
      n.put("maintenance", Map.of("reason", "kernel upgrade", "until", began + 3_600_000));
      n.put("active", false);
    }
    if (i == 3) {
      n.put("errors", List.of("connect: connection refused"));
      n.put("contested", true);
      Map<String, Object> opinions = new LinkedHashMap<>();
      opinions.put("a", opinion("critical", "connect: connection refused", true));
      opinions.put("b", opinion("critical", "connect: connection refused", true));
      opinions.put("c", opinion("passing", "PONG", false));
      n.put("opinions", opinions);
    }
    if (i == 4) n.put("warnings", List.of("memory 91 % of maxmemory"));
    return n;
  }

  private Map<String, Object> opinion(String state, String message, boolean fresh) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("state", state);
    o.put("message", message);
    o.put("since", began - 90_000);
    o.put("fresh", fresh);
    return o;
  }

  private Map<String, Object> node(String addr, String state, int i) {
    boolean up = !state.equals("critical");
    String message = up ? "PONG" : "connect: connection refused";
    Map<String, Object> opinions = new LinkedHashMap<>();
    for (String m : List.of("a", "b", "c")) opinions.put(m, opinion(state, message, true));
    Map<String, Object> n = new LinkedHashMap<>();
    n.put("addr", addr);
    n.put("endpoint", addr);
    n.put("state", state);
    n.put("available", up);
    n.put("active", up);
    n.put("checked", true);
    n.put("disabled", false);
    n.put("spare", false);
    n.put("comment", "");
    n.put("contested", false);
    n.put("stale", false);
    n.put("drain", false);
    n.put("maintenance", null);
    n.put("available_changed", began - 60_000L * (i % 5000 + 1));
    n.put("index", i + 10);
    n.put("term", 3);
    n.put("errors", up ? List.of() : List.of(message));
    n.put("warnings", List.of());
    n.put("attrs", Map.of("role", i % 2 == 0 ? "master" : "slave", "version", "7.2.4"));
    n.put("attributes", Map.of("weight", 100));
    n.put("opinions", opinions);
    int t = turn == null ? 0 : turn.get();
    n.put("checks", List.of(check("ping", "redis", state, message, i, t)));
    return n;
  }

  private Map<String, Object> check(
      String id, String kind, String state, String message, int i, int t) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("id", id);
    c.put("kind", kind);
    c.put("state", state);
    c.put("message", message);
    c.put("latency_ms", 0.6 + (i * 7 + t * 13) % 40 / 10.0);
    c.put("last", began + 1000L * t);
    return c;
  }

  private static Map<String, Object> haproxy(List<Map<String, Object>> nodes) {
    StringBuilder text = new StringBuilder("backend cache\n    mode tcp\n    balance leastconn\n");
    for (Map<String, Object> n : nodes) {
      if (!n.get("active").equals(true)) continue;
      String at = n.get("addr").toString().substring(6);
      text.append("    server ").append(at).append(' ').append(at).append(" check weight 100\n");
    }
    Map<String, Object> b = new LinkedHashMap<>();
    b.put("name", "front");
    b.put("type", "haproxy");
    b.put("wanted", "revision 18");
    b.put("applied", "revision 18");
    b.put("last_result", "reloaded in 41 ms");
    b.put("error", null);
    b.put("drift", List.of());
    b.put(
        "files", List.of(Map.of("path", "/etc/haproxy/conf.d/cache.cfg", "text", text.toString())));
    Map<String, Object> stats = new LinkedHashMap<>();
    for (int i = 1; i <= 4; i++) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("sessions", 120 + 13 * i);
      row.put("bytes_in", 5_120_000L * i);
      row.put("bytes_out", 81_120_000L * i);
      row.put("status", i == 3 ? "DOWN" : "UP");
      stats.put("10.0.0." + i + ":6379", row);
    }
    b.put("stats", stats);
    return b;
  }

  private static Map<String, Object> nginx() {
    Map<String, Object> b = new LinkedHashMap<>();
    b.put("name", "edge");
    b.put("type", "nginx");
    b.put("wanted", "revision 18");
    b.put("applied", "revision 17");
    b.put("last_result", "refused by nginx -t");
    b.put("error", "nginx -t: upstream \"cache\" has no servers in /etc/nginx/conf.d/cache.conf:3");
    b.put("drift", List.of("server 10.0.0.9:6379 runs, and is not wanted"));
    b.put(
        "files",
        List.of(
            Map.of(
                "path",
                "/etc/nginx/conf.d/cache.conf",
                "text",
                "upstream cache {\n    least_conn;\n    server 10.0.0.1:6379;\n}\n")));
    b.put("stats", Map.of());
    return b;
  }
}
