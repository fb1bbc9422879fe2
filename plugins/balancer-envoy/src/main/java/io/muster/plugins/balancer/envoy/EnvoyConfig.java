package io.muster.plugins.balancer.envoy;

import io.muster.plugins.balancer.envoy.EnvoySettings.Address;
import io.muster.plugins.balancer.program.Attributes;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The files, as objects. Immutable.
///
/// @param cluster what envoy calls the pool: `<cluster>__<balancer>`
/// @param directory where the files are
record EnvoyConfig(EnvoySettings settings, String cluster, Path directory) {
  static final String BOOTSTRAP = "bootstrap.json";
  static final String LISTENERS = "listeners.json";
  static final String CLUSTERS = "clusters.json";
  static final String ENDPOINTS = "endpoints.json";

  private static final String SORRY = "No server is available. Please try again later.\n";
  private static final String FILTERS = "envoy.extensions.filters.network.";

  /// A target that envoy can be told of.
  ///
  /// @param weight from 1
  /// @param health as envoy names it
  /// @param spare used when all others are gone
  record Host(String addr, Endpoint endpoint, long weight, String health, boolean spare) {}

  /// @param notes gets a line for what is left out
  static List<Host> hosts(Pool pool, List<String> notes) {
    List<Host> hosts = new ArrayList<>();
    for (Pool.Member member : pool.members()) {
      Attributes.address(member, notes)
          .ifPresent(
              at -> {
                Attributes a = new Attributes(member, notes);
                long weight = a.whole("weight", 0, 128).orElse(1);
                boolean drains = member.draining() || a.flag("drain") || weight == 0;
                String health = drains ? "DRAINING" : a.flag("down") ? "UNHEALTHY" : "HEALTHY";
                boolean spare = a.flag("backup");
                for (String other :
                    List.of(
                        "maxconn",
                        "max_conns",
                        "cookie",
                        "check",
                        "max_fails",
                        "fail_timeout",
                        "slow_start",
                        "route",
                        "service",
                        "resolve")) {
                  a.unsupported(other, "envoy has no such option of one endpoint");
                }
                String addr = member.target().addr();
                hosts.add(new Host(addr, at, Math.max(1, weight), health, spare));
              });
    }
    return hosts;
  }

  /// Texts by file name. Names of hosts are for envoy to look up, and can only be so in the file of
  /// clusters.
  ///
  /// @param sorry clients of HTTP get a page that says that nobody is there
  Map<String, String> files(List<Host> hosts, boolean sorry) {
    boolean named = hosts.stream().anyMatch(h -> Attributes.named(h.endpoint()));
    Map<String, String> files = new LinkedHashMap<>();
    files.put(ENDPOINTS, resources(List.of(named ? assignment(List.of()) : assignment(hosts))));
    files.put(CLUSTERS, resources(List.of(cluster(named, hosts))));
    files.put(LISTENERS, resources(listeners(sorry)));
    files.put(BOOTSTRAP, bootstrap().text());
    return files;
  }

  private static String resources(List<Json> all) {
    return Json.object().with("resources", all).text();
  }

  private Json bootstrap() {
    return Json.object()
        .with("node", Json.object().with("id", "muster").with("cluster", cluster))
        .with(
            "admin",
            settings
                .adminBlock()
                .map(JsonValue.class::cast)
                .orElseGet(() -> Json.object().with("address", at(settings.admin())).value()))
        .with(
            "dynamic_resources",
            Json.object().with("lds_config", file(LISTENERS)).with("cds_config", file(CLUSTERS)));
  }

  private static Json at(Address address) {
    return Json.object()
        .with(
            "socket_address",
            Json.object().with("address", address.host()).with("port_value", address.port()));
  }

  private Json file(String name) {
    return Json.object()
        .with("resource_api_version", "V3")
        .with("path_config_source", Json.object().with("path", directory.resolve(name).toString()));
  }

  private Json cluster(boolean named, List<Host> hosts) {
    Json json =
        Json.typed("envoy.config.cluster.v3.Cluster")
            .with("name", cluster)
            .with("connect_timeout", seconds(settings.connectTimeout()))
            .with("lb_policy", settings.lbPolicy());
    if (named) {
      return json.with("type", settings.dnsType().name())
          .with("load_assignment", load(hosts, Json.object()));
    }
    return json.with("type", "EDS")
        .with("eds_cluster_config", Json.object().with("eds_config", file(ENDPOINTS)));
  }

  private Json assignment(List<Host> hosts) {
    return load(hosts, Json.typed("envoy.config.endpoint.v3.ClusterLoadAssignment"));
  }

  private Json load(List<Host> hosts, Json to) {
    List<Json> localities = new ArrayList<>();
    for (boolean spare : new boolean[] {false, true}) {
      List<Json> endpoints = hosts.stream().filter(h -> h.spare == spare).map(this::host).toList();
      if (endpoints.isEmpty()) continue;
      // Priorities begin with 0, without a gap.
      localities.add(
          Json.object().with("priority", localities.size()).with("lb_endpoints", endpoints));
    }
    return to.with("cluster_name", cluster).with("endpoints", localities);
  }

  private Json host(Host host) {
    Json address =
        switch (host.endpoint) {
          case Endpoint.Net net -> at(new Address(net.host(), net.port()));
          case Endpoint.Unix unix ->
              Json.object().with("pipe", Json.object().with("path", unix.path()));
        };
    return Json.object()
        .with("endpoint", Json.object().with("address", address))
        .with("health_status", host.health)
        .with("load_balancing_weight", host.weight);
  }

  private List<Json> listeners(boolean sorry) {
    List<Json> all = new ArrayList<>();
    for (int i = 0; i < settings.listen().size(); i++) {
      all.add(
          Json.typed("envoy.config.listener.v3.Listener")
              .with("name", cluster + "__listener_" + i)
              .with("address", at(settings.listen().get(i)))
              .with(
                  "filter_chains", List.of(Json.object().with("filters", List.of(filter(sorry))))));
    }
    return all;
  }

  private Json filter(boolean sorry) {
    return switch (settings.filter()) {
      case REDIS ->
          network(
              "redis_proxy",
              Json.typed(FILTERS + "redis_proxy.v3.RedisProxy")
                  .with("stat_prefix", prefix())
                  .with("settings", Json.object().with("op_timeout", seconds(settings.opTimeout())))
                  .with(
                      "prefix_routes",
                      Json.object()
                          .with("catch_all_route", Json.object().with("cluster", cluster))));
      case TCP ->
          network(
              "tcp_proxy",
              Json.typed(FILTERS + "tcp_proxy.v3.TcpProxy")
                  .with("stat_prefix", prefix())
                  .with("cluster", cluster));
      case HTTP ->
          network(
              "http_connection_manager",
              Json.typed(FILTERS + "http_connection_manager.v3.HttpConnectionManager")
                  .with("stat_prefix", prefix())
                  .with("upgrade_configs", List.of(Json.object().with("upgrade_type", "websocket")))
                  .with(
                      "http_filters",
                      List.of(
                          Json.object()
                              .with("name", "envoy.filters.http.router")
                              .with(
                                  "typed_config",
                                  Json.typed("envoy.extensions.filters.http.router.v3.Router"))))
                  .with("route_config", routes(sorry)));
    };
  }

  private static Json network(String name, Json config) {
    return Json.object().with("name", "envoy.filters.network." + name).with("typed_config", config);
  }

  private String prefix() {
    return "egress_" + settings.filter().name().toLowerCase(Locale.ROOT);
  }

  private Json routes(boolean sorry) {
    Json route = Json.object().with("match", Json.object().with("prefix", "/"));
    if (sorry) {
      route.with(
          "direct_response",
          Json.object()
              .with("status", 503)
              .with("body", Json.object().with("inline_string", SORRY)));
    } else {
      // A connection that was upgraded, or a long answer, ends when its ends want.
      route.with("route", Json.object().with("cluster", cluster).with("timeout", "0s"));
    }
    return Json.object()
        .with("name", cluster)
        .with(
            "virtual_hosts",
            List.of(
                Json.object()
                    .with("name", cluster)
                    .with("domains", new JsonValue.Arr(List.of(new JsonValue.Text("*"))))
                    .with("routes", List.of(route))));
  }

  private static String seconds(Duration time) {
    long nanos = time.toNanosPart();
    return time.toSeconds()
        + (nanos == 0 ? "" : String.format(Locale.ROOT, ".%09d", nanos).replaceFirst("0+$", ""))
        + "s";
  }
}
