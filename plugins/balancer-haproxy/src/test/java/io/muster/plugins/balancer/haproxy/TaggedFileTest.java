package io.muster.plugins.balancer.haproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaggedFileTest {
  private static final String FILE =
      """
      defaults
          mode http
          default-server inter 1s
      frontend web
          bind :80
          default_backend one
      backend one
          balance roundrobin
          #<servers/>
          server mine 10.0.0.9:80
      defaults
          mode tcp
      listen two
            #<servers>
            server websrv_old 10.0.0.1:1
            #</servers>
          mode http
      """;

  @Test
  void eachTagIsFilledAndKeptWithItsIndent() {
    String out = TaggedFile.parse("f", FILE).with(_ -> List.of("server a 1", "server b 2"));

    assertThat(out)
        .isEqualTo(
            """
            defaults
                mode http
                default-server inter 1s
            frontend web
                bind :80
                default_backend one
            backend one
                balance roundrobin
                #<servers>
                server a 1
                server b 2
                #</servers>
                server mine 10.0.0.9:80
            defaults
                mode tcp
            listen two
                  #<servers>
                  server a 1
                  server b 2
                  #</servers>
                mode http
            """);
    assertThat(TaggedFile.parse("f", out).with(_ -> List.of("server a 1", "server b 2")))
        .isEqualTo(out);
  }

  @Test
  void whatHoldsWhereServersGoIsKnown() {
    TaggedFile file = TaggedFile.parse("f", FILE);

    assertThat(file.places()).extracting(TaggedFile.Place::backend).containsExactly("one", "two");
    assertThat(file.places()).extracting(TaggedFile.Place::http).containsExactly(true, true);
    assertThat(file.places()).extracting(TaggedFile.Place::plain).containsExactly(false, true);
    assertThat(file.servers().get("two"))
        .containsExactly(Map.entry("websrv_old", "server websrv_old 10.0.0.1:1"));
    assertThat(file.skeleton()).contains("mine").doesNotContain("websrv_old");
  }

  @Test
  void aTagWhereNoServerCanBeIsNamedWithItsLine() {
    for (String wrong :
        List.of(
            "global\n  #<servers/>\n",
            "backend a\n  #<servers>\nbackend b\n  #</servers>\n",
            "backend a\n  #</servers>\n",
            "frontend x\n  #<servers>\n  #</servers>\n")) {
      assertThatThrownBy(() -> TaggedFile.parse("/etc/h.cfg", wrong))
          .isInstanceOf(BalancerException.class)
          .hasMessageMatching("(?s)/etc/h.cfg:\\d+: .*");
    }
  }

  @Test
  void everyOptionATargetHasIsWritten() {
    List<String> notes = new ArrayList<>();
    Map<String, JsonValue> all = new LinkedHashMap<>();
    all.put("weight", new JsonValue.Whole(7));
    all.put("maxconn", new JsonValue.Whole(20));
    all.put("cookie", new JsonValue.Text("c1"));
    all.put("check", new JsonValue.Bool(true));
    all.put("backup", new JsonValue.Bool(true));
    all.put("slow_start", new JsonValue.Text("30s"));
    all.put("down", new JsonValue.Bool(true));
    all.put("route", new JsonValue.Text("x"));
    all.put("comment", new JsonValue.Text("in the cellar"));

    assertThat(line("10.0.0.1:80", all, false, notes))
        .isEqualTo(
            "server websrv_1484b8b3753313249a03bcfd7b96938d 10.0.0.1:80 weight 7 maxconn 20"
                + " check backup disabled cookie c1 slowstart 30s");
    assertThat(notes).containsExactly("10.0.0.1:80: route left out: haproxy has no such option");
  }

  @Test
  void aTargetThatDrainsHasNoWeightAndANameMayBeUnknownForAWhile() {
    List<String> notes = new ArrayList<>();
    assertThat(line("/run/a.sock", Map.of(), true, notes)).endsWith(" unix@/run/a.sock weight 0");
    assertThat(line("[::1]:80", Map.of(), false, notes)).endsWith(" [::1]:80 weight 1");
    assertThat(line("web.example.org:80", Map.of(), false, notes))
        .endsWith(" web.example.org:80 weight 1 init-addr last,libc,none");
    assertThat(line("a:1", Map.of("weight", new JsonValue.Whole(900)), false, notes))
        .contains("weight 1 ");
    assertThat(notes)
        .containsExactly("a:1: weight left out: expected a whole number 0 to 256, found 900");
  }

  private static String line(
      String addr, Map<String, JsonValue> attributes, boolean draining, List<String> notes) {
    Target target = new Target("web", addr, Endpoint.parse(addr, 0), attributes);
    Pool pool = new Pool(1, List.of(new Pool.Member(target, draining)));
    return Server.of(pool, notes).getFirst().line();
  }
}
