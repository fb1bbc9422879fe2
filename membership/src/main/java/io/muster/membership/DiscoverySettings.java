package io.muster.membership;

import io.muster.kernel.Address;
import io.muster.kernel.SettingsSection;
import java.time.Duration;
import java.util.List;

/// Where the addresses of other members come from: further keys of the `membership` branch.
///
/// @param source who is asked
/// @param refresh time between looks for members that are not known yet; the source `swim` is asked
///     at the start only
/// @param dnsName what the name servers are asked for; empty unless the source is `dns`
/// @param dnsServers name servers to ask; those of the system when empty
/// @param dnsTimeout how long one server may take
/// @param dnsTries how often all servers are asked
/// @param keepAlive time between two signs of life in the database
/// @param keepAliveThreshold whoever gave none for so long is not asked
public record DiscoverySettings(
    Source source,
    Duration refresh,
    String dnsName,
    List<Address> dnsServers,
    Duration dnsTimeout,
    int dnsTries,
    Duration keepAlive,
    Duration keepAliveThreshold) {
  /// Where addresses come from.
  public enum Source {
    /// `membership.hosts`, at the start; gossip tells the rest.
    SWIM,
    /// `membership.hosts`, and again while somebody of them is not here.
    STATIC,
    /// The records of a name.
    DNS,
    /// Signs of life in the database where records are kept.
    DATABASE
  }

  public DiscoverySettings {
    dnsServers = List.copyOf(dnsServers);
  }

  public static DiscoverySettings read(SettingsSection s) {
    Duration tenth = Duration.ofMillis(100);
    Duration hour = Duration.ofHours(1);
    SettingsSection dns = s.section("dns", "members whose addresses name servers know");
    SettingsSection database = s.section("database", "members that find each other in a database");
    DiscoverySettings all =
        new DiscoverySettings(
            s.choice("source", Source.class, Source.SWIM, "who knows addresses of other members"),
            s.duration(
                "refresh_interval",
                Duration.ofSeconds(5),
                tenth,
                hour,
                "time between looks for members not known yet; not for the source swim"),
            dns.text(
                "name",
                "",
                "name with SRV records, or with addresses when followed by :PORT, else NAPTR"),
            servers(dns),
            dns.duration("timeout", Duration.ofSeconds(2), tenth, hour, "answer time of a server"),
            dns.integer("tries", 2, 1, 10, "how often all servers are asked"),
            database.duration(
                "keep_alive", Duration.ofSeconds(5), tenth, hour, "time between signs of life"),
            database.duration(
                "keep_alive_threshold",
                Duration.ofSeconds(6),
                tenth,
                hour,
                "who gave no sign of life for so long is not asked"));
    if (all.source == Source.DNS && all.dnsName.isEmpty()) {
      throw dns.wrong("name", "a name, since membership.source is dns");
    }
    if (all.keepAliveThreshold.compareTo(all.keepAlive) <= 0) {
      throw database.wrong(
          "keep_alive_threshold", "more than keep_alive, " + all.keepAlive.toMillis() + "ms");
    }
    return all;
  }

  private static List<Address> servers(SettingsSection dns) {
    List<String> texts =
        dns.texts("servers", List.of(), "name servers as host:port; else those of the system");
    try {
      return texts.stream().map(Address::parse).toList();
    } catch (IllegalArgumentException e) {
      throw dns.wrong("servers", "host:port entries (" + e.getMessage() + ")");
    }
  }
}
