package io.muster.node.happn;

import static io.muster.node.happn.HappnKeys.MEMBERSHIP;
import static io.muster.node.happn.HappnKeys.ORCHESTRATOR;
import static io.muster.node.happn.HappnKeys.PROXY;
import static io.muster.node.happn.HappnKeys.SECURITY;

import io.muster.kernel.Address;
import io.muster.kernel.HostSpec;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import io.muster.node.foreign.Outcome;
import io.muster.node.happn.HappnFile.Above;
import io.muster.node.happn.HappnKey.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The keys of a file of happn that depend on each other: addresses, ports, names, who founds the
/// cluster, and how many members it takes.
final class HappnCluster {
  private static final String ANY_HOST = "0.0.0.0";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CLIENTS = 55000;
  private static final int INNER = 57000;
  private static final int GOSSIP = 56000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_*-]+");

  private final Kind kind;
  private final String origin;
  private final HappnValues given;
  private final Outcome out;
  private final Above above;
  private final List<String> problems;
  private final List<String> warnings;

  HappnCluster(
      Kind kind,
      String file,
      HappnValues given,
      Outcome out,
      Above above,
      List<String> problems,
      List<String> warnings) {
    this.kind = kind;
    this.origin = file + ": default of happn";
    this.given = given;
    this.out = out;
    this.above = above;
    this.problems = problems;
    this.warnings = warnings;
  }

  void work() {
    switch (kind) {
      case SINGLE -> single();
      case OLDER -> older();
      case NEWER -> newer();
    }
    name();
    administrator();
    new HappnStores(kind, origin, given, out, above, problems, warnings).work();
  }

  // --- kinds

  private void single() {
    int port = port("port", CLIENTS);
    out.put("gateway.ports", List.of(Integer.toString(port)), place("port"));
    // One for each server of a machine, and the same after a restart.
    int peers = port == 0 ? GOSSIP : port + 1000 > 65_535 ? port - 1000 : port + 1000;
    out.put("link.host", LOOPBACK, origin);
    out.put("link.port", Integer.toString(peers), place("port"));
    out.put("registry.seed", "true", origin);
    clients("host", true);
  }

  private void older() {
    nameOf("cluster.name", MEMBERSHIP + "clusterName", "happn-cluster");
    String host = host(MEMBERSHIP + "host").orElse("");
    if (host.equals(ANY_HOST)) {
      problem(MEMBERSHIP + "host", "the address that others reach this node at, not 0.0.0.0");
    }
    if (host.isEmpty()) host = thisMachine(MEMBERSHIP + "host");
    out.put("link.host", host, place(MEMBERSHIP + "host"));
    out.put(
        "link.port",
        Integer.toString(port(MEMBERSHIP + "port", GOSSIP)),
        place(MEMBERSHIP + "port"));
    if (given.node("port").isPresent() || given.node("host").isPresent()) {
      warnings.add(
          given.place(given.node("port").isPresent() ? "port" : "host")
              + ": nobody listens there: members talk at link.host and link.port, where the gossip"
              + " was; it is part of the name only");
    }
    announce();
    hosts();
    boolean seed = given.flag(MEMBERSHIP + "seed");
    if (seed) {
      String place = given.place(MEMBERSHIP + "seed");
      out.put("membership.seed", "true", place);
      out.put("registry.seed", "true", place);
    }
    minimum(ORCHESTRATOR + "minimumPeers");
    String timeout = given.text(ORCHESTRATOR + "stabiliseTimeout").orElse("120000");
    out.put("cluster.stabilise_timeout", timeout, place(ORCHESTRATOR + "stabiliseTimeout"));
    out.put("observability.health", "older", origin);
    proxied(loopback(host));
  }

  private void newer() {
    nameOf("cluster.name", ORCHESTRATOR + "clusterName", "happn-cluster");
    nameOf("member.service", ORCHESTRATOR + "serviceName", "happn-cluster-node");
    String deployment = given.text(ORCHESTRATOR + "deployment").orElse("Test-Deploy");
    out.put("cluster.deployment", deployment, place(ORCHESTRATOR + "deployment"));
    String host = host("host").orElse(ANY_HOST);
    out.put("link.host", host, place("host"));
    out.put("link.port", Integer.toString(port("port", INNER)), place("port"));
    announce();
    if (!out.has("link.advertise") && host.equals(ANY_HOST)) {
      out.put("link.advertise", thisMachine("host"), place("host"));
    }
    if (above.of("membership.source").isEmpty()) {
      out.put("membership.source", "database", origin);
    }
    services();
    out.put("observability.health", "newer", origin);
    proxied(loopback(host));
  }

  private void services() {
    Optional<SettingsTree> cluster = given.node(ORCHESTRATOR + "cluster");
    for (String key : List.of("minimumPeers", "minimumePeers")) {
      if (given.node(ORCHESTRATOR + key).isEmpty()) continue;
      String place = given.place(ORCHESTRATOR + key);
      if (cluster.isPresent()) {
        warnings.add(place + ": ignored, since `cluster` is given");
      } else {
        warnings.add(place + ": an old word; write cluster: {SERVICE: MINIMUM}");
        minimum(ORCHESTRATOR + key);
      }
    }
    if (cluster.isEmpty()) return;
    Map<String, SettingsTree> services = new LinkedHashMap<>();
    if (cluster.get() instanceof Branch b) {
      b.entries()
          .forEach(
              (name, count) -> {
                if (!NAME.matcher(name).matches()) {
                  problem(ORCHESTRATOR + "cluster", "letters, digits, `_`, `*` and `-` in " + name);
                }
                boolean none = count instanceof Scalar s && s.text().matches("0+");
                services.put(name, none ? new Scalar("1", false, count.place()) : count);
              });
      out.put("cluster.services", new Branch(services, b.place()), place(ORCHESTRATOR + "cluster"));
    }
  }

  // --- parts

  private void minimum(String key) {
    Optional<Integer> peers = given.whole(key);
    if (peers.isEmpty()) return;
    String text = Integer.toString(Math.max(1, peers.get()));
    out.put("cluster.minimum_members", text, given.place(key));
  }

  /// Where clients of a cluster come.
  private void proxied(boolean peersLoopback) {
    int inner = given.whole("port").orElse(INNER);
    int port = port(PROXY + "port", inner == CLIENTS ? INNER : CLIENTS);
    out.put("gateway.ports", List.of(Integer.toString(port)), place(PROXY + "port"));
    String mode = given.text("services.transport.config.mode").orElse("http");
    if (!mode.equals("http") && !mode.equals("https")) {
      problem(
          "services.transport.config.mode",
          "http or https: unknown transport mode: " + mode + " can only be http or https");
    }
    boolean pair = out.has("link.tls.cert") || out.has("link.tls.key");
    if (mode.equals("https") && !pair) {
      problem(
          "services.transport.config.mode",
          "keyPath and certPath with https: links do not make a pair of their own; without them"
              + " write http, links prove the cluster's secret to each other in any case");
    }
    clients(PROXY + "host", peersLoopback);
  }

  /// The clients' address. Not given it is every one, where that is safe; a cluster or server that
  /// is reached over loopback by its own kind and lets anybody in stays on loopback.
  private void clients(String key, boolean peersLoopback) {
    Optional<String> host = host(key);
    if (host.isPresent()) {
      out.put("gateway.host", host.get(), given.place(key));
    } else if (guarded() || !peersLoopback) {
      out.put("gateway.host", ANY_HOST, origin);
    } else {
      out.put("gateway.host", LOOPBACK, origin);
      if (above.of("gateway.host").isEmpty()) {
        warnings.add(
            origin
                + " for "
                + key
                + " is 0.0.0.0: without `secure` and a password of its own this member listens on"
                + " 127.0.0.1 only");
      }
    }
  }

  private boolean guarded() {
    boolean secure =
        above.of("security.secure").map("true"::equals).orElseGet(() -> given.flag("secure"));
    Optional<String> password =
        above
            .of("security.admin_password")
            .or(() -> above.of("security.admin_password_file"))
            .or(() -> given.text(SECURITY + "adminUser.password"));
    return secure && password.isPresent() && !password.get().equals("happn");
  }

  private void administrator() {
    boolean missing =
        kind == Kind.OLDER
            && given.flag("secure")
            && given.node(SECURITY + "adminUser.password").isEmpty()
            && above.of("security.admin_password").isEmpty()
            && above.of("security.admin_password_file").isEmpty();
    if (missing) problem("secure", "a password: missing services.security.config.adminUser");
  }

  private void announce() {
    if (given.node("announceHost").isEmpty()) return;
    String text = given.text("announceHost").orElse("").strip();
    if (text.isEmpty()) {
      problem("announceHost", "a host name or address that other members reach this one at");
    } else {
      out.put("link.advertise", text, given.place("announceHost"));
    }
  }

  private void hosts() {
    List<String> all = new ArrayList<>();
    if (given.node(MEMBERSHIP + "hosts").orElse(null) instanceof Items items) {
      for (SettingsTree i : items.items()) {
        String text = i instanceof Scalar s ? s.text() : "";
        try {
          all.add(Address.parse(text).toString());
        } catch (IllegalArgumentException e) {
          problems.add(
              i.place() + ": membership.config.hosts: expected host:port, found '" + text + "'");
        }
      }
    }
    boolean given = this.given.node(MEMBERSHIP + "hosts").isPresent();
    boolean above = this.above.of("membership.hosts").isPresent();
    if (!above && (!given || (all.isEmpty() && !this.given.flag(MEMBERSHIP + "seed")))) {
      problems.add(origin + ": missing membership.hosts to join");
    }
    if (given) out.put("membership.hosts", all, this.given.place(MEMBERSHIP + "hosts"));
  }

  /// A node's name, and its directory below `.muster`, so that those of one machine do not meet.
  private void name() {
    String name = given.text("name").orElseGet(this::madeName);
    if (!name.isEmpty()) {
      out.put("member.name", name, place("name"));
      String directory = name.replaceAll("[^A-Za-z0-9._-]", "_").replaceAll("^\\.+", "_");
      out.put("member.data_dir", ".muster/" + directory, place("name"));
    }
  }

  private String madeName() {
    int port = given.whole("port").orElse(CLIENTS);
    // A port that the system chooses is no name that lasts.
    if (port == 0) return "";
    String host = host("host").orElse(ANY_HOST);
    if (host.equals(ANY_HOST)) {
      host = kind == Kind.SINGLE ? out.text("gateway.host").orElse(host) : thisMachine("host");
    }
    if (host.equals(ANY_HOST)) host = thisMachine("host");
    return host.replace('.', '-').replace(':', '-') + "_" + port;
  }

  private void nameOf(String setting, String key, String fallback) {
    String name = given.text(key).orElse(fallback);
    if (!NAME.matcher(name).matches()) {
      problem(key, "letters, digits, `_`, `*` and `-`, found '" + name + "'");
    }
    out.put(setting, name, place(key));
  }

  private int port(String key, int fallback) {
    int port = given.whole(key).orElse(fallback);
    if (port < 0 || port > 65_535) {
      problem(key, "a port from 0 to 65535, found " + port);
      return fallback;
    }
    return port;
  }

  /// A host as happn takes it: empty is every address, an address or name with dots is itself, and
  /// all else is an interface.
  private Optional<String> host(String key) {
    Optional<String> text = given.text(key);
    if (text.isEmpty()) return text;
    String host = text.get().strip();
    if (host.isEmpty()) return Optional.of(ANY_HOST);
    if (host.equals("localhost")) {
      String warning =
          given.place(key)
              + ": happn listens on all addresses for localhost; taken as 127.0.0.1, write 0.0.0.0"
              + " for all";
      if (!warnings.contains(warning)) warnings.add(warning);
      return Optional.of(LOOPBACK);
    }
    if (host.indexOf('.') >= 0 || host.indexOf(':') >= 0) return Optional.of(host);
    try {
      return Optional.of(HostSpec.address(host));
    } catch (IllegalArgumentException e) {
      problem(key, "an address or an interface (device[/family[/index]]): " + e.getMessage());
      return Optional.of(LOOPBACK);
    }
  }

  private String thisMachine(String key) {
    Optional<HostSpec.Public> found = HostSpec.ofThisMachine(above.variables());
    if (found.isEmpty()) {
      problem(key, "an address: this machine has no public one that could be taken instead");
      return LOOPBACK;
    }
    String warning = origin + " for " + key + ": " + found.get().warning();
    if (!found.get().warning().isEmpty() && !warnings.contains(warning)) warnings.add(warning);
    return found.get().address();
  }

  private static boolean loopback(String host) {
    return host.startsWith("127.") || host.equals("::1");
  }

  private String place(String key) {
    return given.node(key).isPresent() ? given.place(key) : origin;
  }

  private void problem(String key, String expected) {
    String text = place(key) + ": expected " + expected;
    if (!problems.contains(text)) problems.add(text);
  }
}
