package io.muster.link.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DnsOrderTest {
  private static DnsOrder.Naptr naptr(int order, int preference, String flags, String service) {
    return new DnsOrder.Naptr(order, preference, flags, service, "", service + ".example");
  }

  @Test
  void servicesComeByOrderThenPreferenceAndWhatWeDoNotSpeakIsSkipped() {
    List<DnsOrder.Service> services =
        DnsOrder.services(
            List.of(
                naptr(20, 1, "S", "NK+D2T"),
                naptr(10, 200, "s", "nks+d2t"),
                naptr(10, 100, "S", "NKS+D2W"),
                naptr(1, 1, "S", "SIP+D2U"),
                naptr(1, 1, "A", "NK+D2T"),
                new DnsOrder.Naptr(1, 1, "S", "NK+D2T", "!.*!x!", "y")));

    assertThat(services.stream().map(DnsOrder.Service::transport))
        .containsExactly("wss", "tls", "tcp");
  }

  @Test
  void prioritiesAscendAndWeightsDecideHowOftenOneIsFirst() {
    List<DnsOrder.Srv> records =
        List.of(
            new DnsOrder.Srv(2, 0, 1, "last"),
            new DnsOrder.Srv(1, 90, 1, "often"),
            new DnsOrder.Srv(1, 10, 1, "seldom"),
            new DnsOrder.Srv(1, 0, 1, "hardly"));
    Map<String, Integer> first = new HashMap<>();
    Random dice = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      List<DnsOrder.Srv> ordered = DnsOrder.srv(records, dice);
      assertThat(ordered).hasSize(4);
      assertThat(ordered.getLast().target()).isEqualTo("last");
      first.merge(ordered.getFirst().target(), 1, Integer::sum);
    }

    assertThat(first.get("often")).isBetween(8500, 9200);
    assertThat(first.get("seldom")).isBetween(700, 1300);
    assertThat(first.getOrDefault("hardly", 0)).isLessThan(300);
  }

  @Test
  void familiesTakeTurns() {
    assertThat(DnsOrder.interleaved(List.of("6"), List.of("4", "4"), new Random(1)))
        .containsExactly("6", "4", "4");
  }
}
