package io.muster.node;

import io.muster.kernel.Address;
import io.muster.kernel.TimeSource;
import io.muster.link.dns.DnsDiscovery;
import io.muster.membership.driver.DnsMembers;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;

/// What name servers know of a name, for `muster discover`.
///
/// @param source `literal`, `naptr`, `srv` or `address`
/// @param targets in the order in which they would be asked
/// @param keep how long the answer holds
public record NameLook(String source, List<Target> targets, Duration keep) {
  public NameLook {
    targets = List.copyOf(targets);
  }

  /// Where something listens, and how it is spoken to.
  public record Target(String transport, Address address) {}

  /// Asks once; blocks.
  ///
  /// @param name as in `membership.dns.name`
  /// @param servers those of the system when empty
  /// @param fallbackPort where no record says one
  /// @throws io.muster.kernel.MusterException `discovery_failed`
  public static NameLook at(
      String name, List<Address> servers, Duration timeout, int tries, int fallbackPort) {
    DnsDiscovery dns =
        new DnsDiscovery(
            new DnsDiscovery.Settings(servers, timeout, tries),
            new SecureRandom(),
            TimeSource.system());
    DnsDiscovery.Found found = dns.find(DnsMembers.question(name, fallbackPort));
    return new NameLook(
        found.source(),
        found.targets().stream().map(t -> new Target(t.transport(), t.address())).toList(),
        found.keep());
  }
}
