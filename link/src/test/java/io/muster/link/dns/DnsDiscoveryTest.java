package io.muster.link.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.link.dns.DnsDiscovery.Found;
import io.muster.link.dns.DnsDiscovery.Question;
import io.muster.link.dns.DnsDiscovery.Target;
import io.muster.testing.Dnsmasq;
import io.muster.testing.Ports;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Against a real name server.
class DnsDiscoveryTest {
  private static Dnsmasq server;

  @BeforeAll
  static void start() {
    server =
        Dnsmasq.start(
                "naptr-record=example.test,20,100,S,NK+D2T,,_nk._tcp.example.test",
                "naptr-record=example.test,10,100,S,NKS+D2W,,_nks._ws.example.test",
                "srv-host=_nks._ws.example.test,c1.example.test,1975,0,5",
                "srv-host=_nk._tcp.example.test,c2.example.test,1972,0,5",
                "srv-host=_muster._tcp.srv.test,c2.example.test,56002,20,5",
                "srv-host=_muster._tcp.srv.test,c1.example.test,56001,10,5",
                "srv-host=_nkcluster._tls.old.test,c1.example.test,1973,0,0",
                "host-record=c1.example.test,127.0.0.11",
                "host-record=c2.example.test,127.0.0.12,fd00::12",
                "local-ttl=60")
            .orElseGet(() -> Assumptions.abort("no dnsmasq can be had here"));
  }

  @AfterAll
  static void stop() {
    if (server != null) server.close();
  }

  private static DnsDiscovery dns(int port) {
    return new DnsDiscovery(
        new DnsDiscovery.Settings(
            List.of(new Address("127.0.0.1", port)), Duration.ofSeconds(5), 2),
        new Random(3),
        TimeSource.system());
  }

  private static Found find(String host, Integer port, String transport) {
    return dns(server.port())
        .find(new Question(host, Optional.ofNullable(port), Optional.ofNullable(transport), 56000));
  }

  private static Target target(String transport, String address) {
    return new Target(transport, Address.parse(address));
  }

  @Test
  void naptrLeadsToServicesInItsOrder() {
    Found found = find("example.test", null, null);

    assertThat(found.source()).isEqualTo("naptr");
    assertThat(found.targets().getFirst()).isEqualTo(target("wss", "127.0.0.11:1975"));
    assertThat(found.targets())
        .contains(target("tcp", "127.0.0.12:1972"))
        .hasSize(3)
        .allMatch(t -> t.address().port() == (t.transport().equals("wss") ? 1975 : 1972));
  }

  @Test
  void withoutNaptrServicesAreAskedForByTheirNamesAndSortedByPriority() {
    Found found = find("srv.test", null, null);

    assertThat(found.source()).isEqualTo("srv");
    assertThat(found.targets().getFirst()).isEqualTo(target("tcp", "127.0.0.11:56001"));
    assertThat(found.targets()).hasSize(3);
    assertThat(found.keep()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5));
    assertThat(find("old.test", null, "tls").targets())
        .containsExactly(target("tls", "127.0.0.11:1973"));
    assertThat(find("_muster._tcp.srv.test", null, null).targets()).hasSize(3);
  }

  @Test
  void aPortMeansAddressesOfBothFamilies() {
    Found found = find("c2.example.test", 7000, null);

    assertThat(found.source()).isEqualTo("address");
    assertThat(found.targets().stream().map(t -> t.address().port())).containsOnly(7000);
    assertThat(found.targets()).hasSize(2).contains(target("tcp", "127.0.0.12:7000"));
    assertThat(find("c1.example.test", null, null).targets())
        .containsExactly(target("tcp", "127.0.0.11:56000"));
  }

  @Test
  void addressesAreNotAskedForAndUnknownNamesHaveNone() {
    assertThat(find("127.0.0.9", null, "ws").targets())
        .containsExactly(target("ws", "127.0.0.9:56000"));
    assertThat(find("nobody.test", null, null).targets()).isEmpty();
  }

  @Test
  void silentServersAreAnErrorThatNamesTheQuestion() {
    DnsDiscovery silent =
        new DnsDiscovery(
            new DnsDiscovery.Settings(
                List.of(new Address("127.0.0.1", Ports.free())), Duration.ofMillis(100), 1),
            new Random(3),
            TimeSource.system());

    assertThatThrownBy(
            () -> silent.find(new Question("x.test", Optional.empty(), Optional.empty(), 1)))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DISCOVERY_FAILED))
        .hasMessageContaining("NAPTR of x.test");
  }
}
