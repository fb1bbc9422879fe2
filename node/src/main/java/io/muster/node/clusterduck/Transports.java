package io.muster.node.clusterduck;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import io.muster.node.foreign.Outcome;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The key `transports`: how supervisors talk to each other (`raft`) and to operators (`http`,
/// `jayson`). For one thread.
final class Transports {
  private static final Set<String> TYPES = Set.of("raft", "http", "jayson");

  private final Outcome out;
  private final String origin;
  private final Predicate<String> above;
  private final List<String> problems;
  private final List<String> warnings;
  private final RaftTransport raft;

  /// Where a name and password for the page are; null without.
  private @Nullable String login;

  Transports(
      Outcome out,
      String file,
      Path directory,
      Predicate<String> above,
      List<String> problems,
      List<String> warnings) {
    this.out = out;
    this.origin = file + ": default of clusterduck";
    this.above = above;
    this.problems = problems;
    this.warnings = warnings;
    this.raft = new RaftTransport(out, origin, directory, above, warnings);
  }

  void read(Entry top) {
    // Clients' ports are no part of clusterduck: nobody asked for them.
    out.put("member.roles", List.of("control", "worker"), origin);
    Map<String, String> places = new HashMap<>();
    switch (top.value("transports").orElse(null)) {
      case null -> {}
      case Scalar s when s.text().isEmpty() -> {}
      case Items items -> {
        int i = 0;
        for (SettingsTree item : items.items()) entry(item, "transports[" + i++ + "]", places);
      }
      case Scalar _, Branch _ ->
          top.problem("transports", "expected a list of entries such as - type: raft");
    }
    if (!places.containsKey("raft")) raft.alone();
    if (login != null) {
      warnings.add(
          login
              + ": auth: no effect: administration asks for a token instead, which lies in "
              + out.text("member.data_dir").orElse(".muster/data")
              + "/admin.token");
    }
    if (!out.has("admin.listen") && !places.containsKey("http")) {
      // Any free port: `admin.url` in the data directory tells commands which.
      out.put("admin.listen", "127.0.0.1:0", origin);
    }
  }

  private void entry(SettingsTree item, String path, Map<String, String> places) {
    if (!(item instanceof Branch branch)) {
      problems.add(item.place() + ": " + path + ": expected keys, of them type: raft or http");
      return;
    }
    Entry keys = new Entry(branch, path + ".", problems);
    String written = keys.text("type").orElse("");
    String type =
        written.startsWith("clusterduck-") ? written.substring("clusterduck-".length()) : written;
    if (!TYPES.contains(type)) {
      keys.problem(
          "type",
          "expected raft, http or jayson, found "
              + (written.isEmpty() ? "none" : "'" + written + "'")
              + Settings.suggestion(type, TYPES));
      return;
    }
    String before = places.putIfAbsent(type, keys.place("type"));
    if (before != null) {
      keys.problem("type", "another " + type + " is at " + before + "; take one out");
      return;
    }
    switch (type) {
      case "raft" -> raft.read(keys);
      case "http" -> http(keys);
      default -> jayson(keys);
    }
    keys.finish();
  }

  // --- http

  private void http(Entry keys) {
    boolean disabled = keys.flag("disabled");
    keys.value("listen").ifPresent(v -> listen(keys, v, disabled));
    if (disabled) {
      out.put("admin.listen", "127.0.0.1:0", keys.place("disabled"));
      warnings.add(
          keys.place("disabled")
              + ": administration is always there; it listens on a free port of loopback");
    }
    switch (keys.value("auth").orElse(null)) {
      case null -> {}
      case Branch b -> {
        Entry auth = new Entry(b, "auth.", problems);
        auth.text("username");
        auth.text("password");
        auth.finish();
        login = b.place();
      }
      case Scalar _, Items _ -> keys.problem("auth", "expected username and password below it");
    }
    keys.value("addons")
        .ifPresent(
            v ->
                warnings.add(
                    v.place()
                        + ": addons: no effect: modules of npm cannot be loaded; the dashboard and"
                        + " /v1 are there without one"));
  }

  private void listen(Entry keys, SettingsTree value, boolean disabled) {
    String host = "127.0.0.1";
    String port;
    switch (value) {
      case Scalar s when s.text().lastIndexOf(':') > 0 -> {
        int colon = s.text().lastIndexOf(':');
        host = RaftTransport.host(s.text().substring(0, colon));
        port = s.text().substring(colon + 1);
      }
      case Scalar s -> port = s.text();
      case Items i
          when i.items().size() == 2
              && i.items().get(0) instanceof Scalar p
              && i.items().get(1) instanceof Scalar h -> {
        port = p.text();
        host = RaftTransport.host(h.text());
      }
      case Items i when i.items().size() == 1 && i.items().getFirst() instanceof Scalar p ->
          port = p.text();
      case Branch _, Items _ -> port = "";
    }
    if (host.isBlank() || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
      keys.problem(
          "listen", "expected a port from 0 to 65535, or [port, host], found " + value.json());
      return;
    }
    if (disabled) return;
    String place = value.place();
    out.put("admin.listen", new Address(host, Integer.parseInt(port)).toString(), place);
    boolean told =
        List.of("mode", "cert", "cert_path", "self_signed").stream()
            .anyMatch(k -> above.test("admin.tls." + k));
    if (loopback(host) || above.test("admin.listen") || told) return;
    out.put("admin.tls.self_signed", "true", place);
    warnings.add(
        place
            + ": listen is beyond loopback: administration speaks https there, with a certificate"
            + " that it makes; MUSTER_ADMIN_TLS_CERT and MUSTER_ADMIN_TLS_KEY name another,"
            + " MUSTER_ADMIN_TLS_MODE=http says that something else protects it");
  }

  // --- jayson

  private void jayson(Entry keys) {
    keys.flag("disabled");
    keys.value("listen")
        .ifPresent(
            v ->
                warnings.add(
                    v.place()
                        + ": listen: no effect: commands find this member by its data directory"));
  }

  /// Refuses what would let strangers in.
  void refuseInsecure() {
    raft.secretMissing()
        .ifPresent(
            place -> {
              throw new MusterException(
                  ErrorCode.INSECURE_CONFIGURATION,
                  place
                      + ": passphrase: expected 16 characters or more, the same on all supervisors,"
                      + " since address is beyond loopback; write it there, or name a file that"
                      + " holds it with MUSTER_CLUSTER_SECRET_FILE");
            });
  }

  static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /// `127.0.0.1` as part of a member's name and of a path.
  static String word(String host) {
    return host.replace('.', '-').replace(':', '-').toLowerCase(Locale.ROOT);
  }
}
