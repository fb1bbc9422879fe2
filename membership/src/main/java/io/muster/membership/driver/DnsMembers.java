package io.muster.membership.driver;

import io.muster.kernel.Address;
import io.muster.kernel.TimeSource;
import io.muster.link.dns.DnsDiscovery;
import io.muster.membership.Discovery;
import io.muster.membership.DiscoverySettings;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Members whose addresses name servers know.
public final class DnsMembers implements Discovery {
  private final DnsDiscovery dns;
  private final DnsDiscovery.Question question;
  private final Duration every;

  /// @param port of members where no record says it
  public DnsMembers(DiscoverySettings settings, int port, TimeSource time) {
    this.dns =
        new DnsDiscovery(
            new DnsDiscovery.Settings(
                settings.dnsServers(), settings.dnsTimeout(), settings.dnsTries()),
            new SecureRandom(),
            time);
    this.question = question(settings.dnsName(), port);
    this.every = settings.refresh();
  }

  /// A name, or a name and a port.
  public static DnsDiscovery.Question question(String name, int fallbackPort) {
    int colon = name.lastIndexOf(':');
    Optional<Integer> port = Optional.empty();
    String host = name;
    if (colon > 0 && name.substring(colon + 1).matches("\\d{1,5}")) {
      port = Optional.of(Integer.parseInt(name.substring(colon + 1)));
      host = name.substring(0, colon);
    }
    return new DnsDiscovery.Question(host, port, Optional.empty(), fallbackPort);
  }

  @Override
  public List<Address> look() {
    // How a worker would speak there does not matter among members.
    return dns.find(question).targets().stream()
        .map(DnsDiscovery.Target::address)
        .distinct()
        .toList();
  }

  @Override
  public Optional<Duration> every() {
    return Optional.of(every);
  }
}
