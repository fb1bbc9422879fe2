package io.muster.node.clusterduck;

import io.muster.kernel.Address;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import io.muster.node.foreign.Outcome;
import io.muster.supervision.config.Durations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The transport `raft`: where this member listens for others, who they are, and who founds the
/// registry with it. For one thread.
final class RaftTransport {
  private static final Pattern URL = Pattern.compile("(?:(tls|tcp)://)?([^/]+?)/?");
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ALONE = 56_000;
  private static final int SECRET_MIN = 16;
  private static final Duration ELECTION_MIN = Duration.ofMillis(100);
  private static final Duration ELECTION_MAX = Duration.ofDays(1);

  /// Keys that are accepted, and why they have no effect.
  private static final Map<String, String> NOTHING =
      new TreeMap<>(
          Map.of(
              "election_max", "an election starts election_min after the last sign of a leader",
              "heartbeat", "a leader is heard of several times within election_min",
              "log_module", "the log is Muster's own, forced to disk before it counts",
              "no_slave", "clusterduck does nothing with it, either"));

  private final Outcome out;
  private final String origin;
  private final Path directory;
  private final Predicate<String> above;
  private final List<String> warnings;
  private @Nullable String secretMissing;

  private record Place(String scheme, Address address) {}

  RaftTransport(
      Outcome out, String origin, Path directory, Predicate<String> above, List<String> warnings) {
    this.out = out;
    this.origin = origin;
    this.directory = directory;
    this.above = above;
    this.warnings = warnings;
  }

  /// No transport: a supervisor on its own.
  void alone() {
    alone(ALONE, origin);
  }

  private void alone(int port, String place) {
    out.put("link.host", LOOPBACK, place);
    out.put("link.port", Integer.toString(port), place);
    if (!told()) out.put("registry.seed", "true", place);
    home(new Address(LOOPBACK, port), place);
  }

  /// A directory of its own for each supervisor of a machine.
  private void home(Address self, String place) {
    if (out.has("member.data_dir")) return;
    String name = Transports.word(self.host()) + "_" + self.port();
    out.put("member.data_dir", ".muster/" + name.replaceAll("[^A-Za-z0-9._-]", "_"), place);
  }

  void read(Entry keys) {
    boolean disabled = keys.flag("disabled");
    Optional<Place> self = address(keys);
    List<Place> others = bootstrap(keys);
    keys.text("path").ifPresent(p -> out.put("member.data_dir", p, keys.place("path")));
    modes(keys);
    Optional<String> secret = keys.text("passphrase");
    Optional<String> pattern = keys.text("tls");
    if (disabled) {
      int port = self.map(s -> s.address.port()).orElse(ALONE);
      alone(port, keys.place("disabled"));
      warnings.add(
          keys.place("disabled") + ": this supervisor is alone on purpose; it decides by itself");
      return;
    }
    if (self.isEmpty()) return;
    Address own = self.get().address;
    String place = keys.place("address");
    out.put("link.host", own.host(), place);
    out.put("link.port", Integer.toString(own.port()), place);
    home(own, place);
    secret.ifPresent(s -> out.put("cluster.secret", s, keys.place("passphrase")));
    secret(keys, own, secret);
    tls(keys, self.get(), pattern);
    founders(keys, self.get(), others);
  }

  /// Where a passphrase is missing or too short.
  Optional<String> secretMissing() {
    return Optional.ofNullable(secretMissing);
  }

  private void secret(Entry keys, Address own, Optional<String> secret) {
    boolean given = above.test("cluster.secret") || above.test("cluster.secret_file");
    boolean open = above.test("link.host");
    if (given || open || Transports.loopback(own.host())) return;
    if (secret.orElse("").length() < SECRET_MIN) secretMissing = keys.place("passphrase");
  }

  // --- addresses

  private Optional<Place> address(Entry keys) {
    Optional<String> text = keys.text("address");
    if (text.isEmpty()) {
      keys.problem("address", "expected tls://host:port, found none");
      return Optional.empty();
    }
    try {
      Place place = parse(text.get());
      String host = place.address.host();
      if (host.equals("0.0.0.0") || host.equals("::") || place.address.port() == 0) {
        keys.problem(
            "address",
            "expected the host and port that others reach this supervisor at, found '"
                + text.get()
                + "'");
        return Optional.empty();
      }
      return Optional.of(place);
    } catch (IllegalArgumentException e) {
      keys.problem("address", "expected tls://host:port or tcp://host:port (" + said(e) + ")");
      return Optional.empty();
    }
  }

  private static String said(IllegalArgumentException e) {
    return String.valueOf(e.getMessage());
  }

  private List<Place> bootstrap(Entry keys) {
    List<Place> all = new ArrayList<>();
    List<SettingsTree> items =
        switch (keys.value("bootstrap").orElse(null)) {
          case null -> List.of();
          case Items i -> i.items();
          case Scalar s when s.text().isEmpty() -> List.of();
          case Scalar s -> List.of(s);
          case Branch b -> {
            keys.problem("bootstrap", "expected a list of tls://host:port, found " + b.json());
            yield List.of();
          }
        };
    for (SettingsTree item : items) {
      String text = item instanceof Scalar s ? s.text() : item.json();
      try {
        all.add(parse(text));
      } catch (IllegalArgumentException e) {
        keys.problem(
            "bootstrap",
            "expected tls://host:port at "
                + item.place()
                + ", found '"
                + text
                + "' ("
                + said(e)
                + ")");
      }
    }
    return all;
  }

  private static Place parse(String text) {
    Matcher m = URL.matcher(text.strip());
    if (!m.matches()) throw new IllegalArgumentException("found: " + text);
    Address a = Address.parse(m.group(2));
    String scheme = m.group(1) == null ? "tcp" : m.group(1);
    return new Place(scheme, new Address(host(a.host()), a.port()));
  }

  /// One spelling of a host, so that a member is not counted twice.
  static String host(String text) {
    String host = text.strip().toLowerCase(Locale.ROOT);
    if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
    return host.equals("localhost") ? LOOPBACK : host;
  }

  private void founders(Entry keys, Place self, List<Place> others) {
    Set<String> all = new LinkedHashSet<>();
    for (Place p : others) {
      all.add(p.address.toString());
      if (!p.scheme.equals(self.scheme)) {
        warnings.add(
            keys.place("bootstrap")
                + ": bootstrap: "
                + p.scheme
                + "://"
                + p.address
                + ": this supervisor is at "
                + self.scheme
                + "://; links between the two cannot be made unless both are the same");
      }
    }
    all.remove(self.address.toString());
    String place = keys.place("bootstrap");
    if (all.isEmpty()) {
      if (!told()) out.put("registry.seed", "true", place);
      return;
    }
    if (all.size() + 1 > 99) {
      keys.problem("bootstrap", "expected 98 others at most, found " + all.size());
      return;
    }
    out.put("membership.hosts", List.copyOf(all), place);
    if (!told()) out.put("registry.expect", Integer.toString(all.size() + 1), place);
  }

  /// Whether it is said above the file who founds.
  private boolean told() {
    return List.of("seed", "expect", "voters").stream().anyMatch(k -> above.test("registry." + k));
  }

  // --- encryption

  private void tls(Entry keys, Place self, Optional<String> pattern) {
    if (above.test("link.tls.cert")) return;
    String place = keys.place(pattern.isPresent() ? "tls" : "address");
    if (self.scheme.equals("tcp")) {
      if (pattern.isPresent()) {
        warnings.add(place + ": tls: no effect, since address is tcp://; write tls:// to encrypt");
      }
      warnings.add(
          keys.place("address")
              + ": links are authenticated by the passphrase, and not encrypted: address is"
              + " tcp://");
      return;
    }
    String files = pattern.orElse("clusterduck.%s");
    if (!files.contains("%s")) {
      keys.problem("tls", "expected a path with %s for key and cert, found '" + files + "'");
      return;
    }
    Path key = directory.resolve(files.replace("%s", "key"));
    Path cert = directory.resolve(files.replace("%s", "cert"));
    if (Files.exists(key) && Files.exists(cert)) {
      out.put("link.tls.cert", cert.toString(), place);
      out.put("link.tls.key", key.toString(), place);
      return;
    }
    Path missing = Files.exists(key) ? cert : key;
    String make =
        "make the pair with 'muster gen-tls -c CONFIG --name clusterduck'"
            + (pattern.isPresent() ? " and leave tls out" : "");
    if (pattern.isPresent()
        || Files.exists(key)
        || Files.exists(cert)
        || !Transports.loopback(self.address.host())) {
      keys.problem(
          pattern.isPresent() ? "tls" : "address",
          "expected the files of tls://, found no " + missing + "; " + make + ", or write tcp://");
    } else {
      warnings.add(
          place
              + ": no "
              + missing
              + ": links are not encrypted, on loopback only; "
              + make
              + " to change that");
    }
  }

  // --- the rest

  private void modes(Entry keys) {
    keys.text("commitMode")
        .ifPresent(
            mode -> {
              switch (mode) {
                case "log" -> {}
                case "rpc" ->
                    warnings.add(
                        keys.place("commitMode")
                            + ": commitMode: no effect: every change goes through the log, as with"
                            + " log");
                default -> keys.problem("commitMode", "expected rpc or log, found '" + mode + "'");
              }
            });
    keys.text("election_min")
        .ifPresent(
            text -> {
              Duration d = Durations.parse(text);
              if (d == null) {
                keys.problem(
                    "election_min", "expected a duration such as 4s, found '" + text + "'");
              } else if (d.compareTo(ELECTION_MIN) < 0 || d.compareTo(ELECTION_MAX) > 0) {
                warnings.add(
                    keys.place("election_min")
                        + ": election_min: no effect: "
                        + text
                        + " is not within 100ms and 1d; the default holds");
              } else {
                out.put(
                    "registry.election_timeout", d.toMillis() + "ms", keys.place("election_min"));
              }
            });
    NOTHING.forEach(
        (key, why) ->
            keys.value(key)
                .ifPresent(v -> warnings.add(v.place() + ": " + key + ": no effect: " + why)));
  }
}
