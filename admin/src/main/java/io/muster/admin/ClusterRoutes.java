package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Units;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.ClusterView;
import io.muster.supervision.Supervision;
import io.muster.supervision.balance.BalancerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/v1/clusters`: the services that are watched, and what operators do with them.
///
/// Below a cluster's name come `nodes`, an address, and perhaps `history`; an address may hold
/// slashes.
final class ClusterRoutes {
  private static final Logger log = LoggerFactory.getLogger(ClusterRoutes.class);
  private static final String HISTORY = "/history";
  private final AdminFaces faces;

  ClusterRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/clusters", this::all),
        Route.guarded("GET", "/v1/clusters/{path}", this::get),
        Route.guarded("POST", "/v1/clusters/{path}", this::post),
        Route.guarded("PATCH", "/v1/clusters/{path}", this::patch),
        Route.guarded("DELETE", "/v1/clusters/{path}", this::delete),
        Route.guarded("GET", "/v1/triggers", this::triggers),
        Route.guarded("GET", "/v1/runs", this::runs, "limit"),
        Route.guarded("POST", "/v1/reload", this::reload, "dry"));
  }

  static Supervision supervision(AdminFaces faces) {
    return faces
        .supervision()
        .orElseThrow(
            () ->
                new MusterException(ErrorCode.NOT_STARTED, "supervision has not started here yet"));
  }

  private Supervision supervision() {
    return supervision(faces);
  }

  /// What a path below `/v1/clusters/` names.
  ///
  /// @param addr empty for the cluster, or its nodes as a whole
  record Named(String cluster, boolean nodes, String addr) {
    static Named of(String path) {
      int slash = path.indexOf('/');
      if (slash < 0) return new Named(path, false, "");
      String cluster = path.substring(0, slash);
      String rest = path.substring(slash + 1);
      if (rest.equals("nodes") || rest.equals("nodes/")) return new Named(cluster, true, "");
      if (rest.startsWith("nodes/")) return new Named(cluster, true, rest.substring(6));
      throw new MusterException(
          ErrorCode.NOT_FOUND,
          "expected /v1/clusters/NAME, …/nodes, …/nodes/ADDR or …/nodes/ADDR/history, found '"
              + path
              + "'");
    }

    Named node() {
      if (addr.isEmpty()) {
        throw new MusterException(
            ErrorCode.BAD_REQUEST,
            "expected /v1/clusters/NAME/nodes/ADDR, without an address here");
      }
      return this;
    }
  }

  private Map<String, Object> view(ClusterView c) {
    return ClusterViews.cluster(c, supervision().balancers(), supervision().triggers());
  }

  private void all(Exchange x) throws IOException {
    x.json(200, Map.of("clusters", supervision().clusters().stream().map(this::view).toList()));
  }

  private void get(Exchange x) throws IOException {
    String path = x.rest();
    if (path.endsWith(HISTORY) && path.contains("/nodes/")) {
      Named named = Named.of(path.substring(0, path.length() - HISTORY.length())).node();
      node(named);
      x.json(
          200,
          Map.of(
              "history",
              supervision().history(named.cluster, named.addr).stream()
                  .map(ClusterViews::past)
                  .toList()));
      return;
    }
    int balancer = path.indexOf("/balancers/");
    if (balancer > 0) {
      String name = path.substring(balancer + "/balancers/".length());
      x.json(200, look(new BalancerId(path.substring(0, balancer), name)));
      return;
    }
    Named named = Named.of(path);
    if (!named.addr.isEmpty()) {
      x.json(200, node(named));
      return;
    }
    Map<String, Object> cluster = cluster(named.cluster);
    x.json(200, named.nodes ? Map.of("nodes", cluster.getOrDefault("nodes", List.of())) : cluster);
  }

  /// How a balancer of this member is now.
  private Map<String, Object> look(BalancerId id) {
    try {
      return ClusterViews.look(supervision().look(id).join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof BalancerException b) {
        throw new MusterException(
            ErrorCode.BALANCER_UNREACHABLE, String.valueOf(b.getMessage()), b);
      }
      if (e.getCause() instanceof MusterException m) throw m;
      throw e;
    }
  }

  private Map<String, Object> cluster(String name) {
    return supervision()
        .cluster(name)
        .map(this::view)
        .orElseThrow(
            () -> new MusterException(ErrorCode.CLUSTER_NOT_FOUND, "Cluster not found: " + name));
  }

  private Map<String, Object> node(Named named) {
    return supervision()
        .cluster(named.cluster)
        .orElseThrow(
            () ->
                new MusterException(
                    ErrorCode.CLUSTER_NOT_FOUND, "Cluster not found: " + named.cluster))
        .nodes()
        .stream()
        .filter(n -> n.addr().equals(named.addr))
        .findFirst()
        .map(ClusterViews::node)
        .orElseThrow(
            () ->
                new MusterException(
                    ErrorCode.NODE_NOT_FOUND,
                    "the cluster '" + named.cluster + "' has no node '" + named.addr + "'"));
  }

  private static JsonValue.Obj body(Exchange x) throws IOException {
    try {
      if (JsonText.read(x.body()) instanceof JsonValue.Obj o) return o;
    } catch (IllegalArgumentException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "expected a JSON object: " + e.getMessage(), e);
    }
    throw new MusterException(ErrorCode.BAD_REQUEST, "expected a JSON object");
  }

  /// A new node, or an operator's action on one.
  private void post(Exchange x) throws IOException {
    Named named = Named.of(x.rest());
    JsonValue.Obj body = body(x);
    if (named.addr.isEmpty()) {
      long index = Waiting.on(supervision().insert(named.cluster, body));
      log.info("node_inserted cluster={} by=admin index={}", named.cluster, index);
      x.json(201, Map.of("index", index));
      return;
    }
    Action action = Action.of(body);
    long index = Waiting.on(action.run(supervision(), named.cluster, named.addr));
    log.info(
        "node_{} cluster={} node={} by=admin index={}",
        action.name,
        named.cluster,
        named.addr,
        index);
    x.json(200, Map.of("index", index));
  }

  /// What an operator asks for.
  private record Action(String name, String reason, String by, Duration limit) {
    private static final List<String> NAMES =
        List.of(
            "enable",
            "disable",
            "spare",
            "unspare",
            "drain",
            "undrain",
            "maintenance",
            "end_maintenance",
            "delete");

    static Action of(JsonValue.Obj body) {
      body.members()
          .keySet()
          .forEach(
              key -> {
                if (!List.of("action", "reason", "by", "for", "until").contains(key)) {
                  throw new MusterException(
                      ErrorCode.BAD_REQUEST,
                      "unknown key '"
                          + key
                          + "'; an action has action, reason, by, and for or until");
                }
              });
      String name = text(body, "action").toLowerCase(Locale.ROOT);
      if (!NAMES.contains(name)) {
        throw new MusterException(
            ErrorCode.BAD_REQUEST,
            "action: expected one of " + String.join(", ", NAMES) + ", found '" + name + "'");
      }
      String length = text(body, "for");
      Duration limit = length.isEmpty() ? Duration.ZERO : Units.duration(length);
      if (limit == null) {
        throw new MusterException(
            ErrorCode.BAD_REQUEST, "for: expected a duration such as 30m, found '" + length + "'");
      }
      if (body.members().containsKey("until")) limit = until(body, limit);
      return new Action(name, text(body, "reason"), text(body, "by"), limit);
    }

    /// The end may be given as milliseconds since 1970 instead.
    private static Duration until(JsonValue.Obj body, Duration limit) {
      long now = System.currentTimeMillis();
      if (limit.isZero()
          && body.members().get("until") instanceof JsonValue.Whole w
          && w.value() > now) {
        return Duration.ofMillis(w.value() - now);
      }
      throw new MusterException(
          ErrorCode.BAD_REQUEST,
          "until: expected a time to come, in milliseconds since 1970, and no 'for' beside it");
    }

    private static String text(JsonValue.Obj body, String key) {
      JsonValue value = body.members().get(key);
      if (value == null) return "";
      if (value instanceof JsonValue.Text t) return t.value();
      throw new MusterException(ErrorCode.BAD_REQUEST, key + ": expected a text");
    }

    CompletableFuture<Long> run(Supervision s, String cluster, String addr) {
      return switch (name) {
        case "enable" -> flag(s, cluster, addr, "disabled", false);
        case "disable" -> flag(s, cluster, addr, "disabled", true);
        case "spare" -> flag(s, cluster, addr, "spare", true);
        case "unspare" -> flag(s, cluster, addr, "spare", false);
        case "drain" -> s.drain(cluster, addr, reason, limit);
        case "undrain" -> s.undrain(cluster, addr);
        case "maintenance" -> s.maintain(cluster, addr, reason, by, limit);
        case "end_maintenance" -> s.endMaintenance(cluster, addr);
        default -> s.delete(cluster, addr);
      };
    }

    private static CompletableFuture<Long> flag(
        Supervision s, String cluster, String addr, String name, boolean on) {
      JsonValue value = on ? new JsonValue.Bool(true) : JsonValue.NULL;
      // A file may say that it is: then `false` has to stand above it.
      boolean said =
          !on
              && s.cluster(cluster).stream()
                  .flatMap(c -> c.nodes().stream())
                  .anyMatch(n -> n.addr().equals(addr) && n.attributes().containsKey(name));
      return s.update(cluster, addr, Map.of(name, said ? new JsonValue.Bool(false) : value));
    }
  }

  /// Sets attributes; null takes one away.
  private void patch(Exchange x) throws IOException {
    Named named = Named.of(x.rest()).node();
    Map<String, JsonValue> attributes = new LinkedHashMap<>(body(x).members());
    long index = Waiting.on(supervision().update(named.cluster, named.addr, attributes));
    log.info(
        "node_updated cluster={} node={} attributes={} by=admin index={}",
        named.cluster,
        named.addr,
        attributes.keySet(),
        index);
    x.json(200, Map.of("index", index));
  }

  private void delete(Exchange x) throws IOException {
    Named named = Named.of(x.rest()).node();
    long index = Waiting.on(supervision().delete(named.cluster, named.addr));
    log.info("node_deleted cluster={} node={} by=admin index={}", named.cluster, named.addr, index);
    x.json(200, Map.of("index", index));
  }

  private void triggers(Exchange x) throws IOException {
    x.json(
        200,
        Map.of("triggers", supervision().triggers().stream().map(ClusterViews::trigger).toList()));
  }

  private void runs(Exchange x) throws IOException {
    String asked = x.query("limit").orElse("100");
    if (!asked.matches("[1-9]\\d{0,2}|1000")) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "limit: expected 1 to 1000, found '" + asked + "'");
    }
    x.json(
        200,
        Map.of(
            "runs",
            supervision().runs(Integer.parseInt(asked)).stream().map(ClusterViews::run).toList()));
  }

  private void reload(Exchange x) throws IOException {
    Supervision.Reloaded r = Waiting.on(supervision().reload(x.flag("dry")));
    log.info("reloaded dry={} inserted={} deleted={}", r.dry(), r.inserted(), r.deleted());
    x.json(200, r);
  }

  // --- clusterduck's four methods

  /// Enters `ls`, `insertNode`, `updateNode` and `deleteNode`.
  void enter(Map<String, RpcMethod> methods) {
    methods.put("ls", RpcMethod.of((given, _) -> new ClusterTree(faces).list(given), "paths"));
    methods.put(
        "insertNode",
        RpcMethod.of(
            (given, _) -> {
              JsonValue node = value(given.json("node").toString());
              Waiting.on(supervision().insert(given.text("cluster"), node));
              return given.json("node");
            },
            "cluster",
            "node"));
    methods.put(
        "updateNode",
        RpcMethod.of(
            (given, _) -> {
              JsonValue set = value(given.object("attrs").toString());
              Map<String, JsonValue> attributes =
                  set instanceof JsonValue.Obj o ? o.members() : Map.of();
              Waiting.on(
                  supervision().update(given.text("cluster"), given.text("addr"), attributes));
              return "OK";
            },
            "cluster",
            "addr",
            "attrs"));
    methods.put(
        "deleteNode",
        RpcMethod.of(
            (given, _) -> {
              Waiting.on(supervision().delete(given.text("cluster"), given.text("addr")));
              return "OK";
            },
            "cluster",
            "addr"));
  }

  private static JsonValue value(String json) {
    return JsonText.read(json.getBytes(StandardCharsets.UTF_8));
  }
}
