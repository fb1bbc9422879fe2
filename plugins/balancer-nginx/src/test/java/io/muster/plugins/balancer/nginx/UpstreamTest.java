package io.muster.plugins.balancer.nginx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.spi.balance.BalancerSetup.OnEmpty;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpstreamTest {
  private static final Map<String, String> KEYS =
      Map.of(
          "upstream_conf_path", "/etc/nginx/conf.d/pool.conf",
          "upstream_name", "pool",
          "upstream_append", "keepalive 8;,keepalive_timeout 60s;");
  private final List<String> notes = new ArrayList<>();

  @Test
  void everyOptionATargetHasIsWrittenAndWhatFreeNginxLacksIsNoted() {
    Map<String, JsonValue> all = new LinkedHashMap<>();
    all.put("weight", new JsonValue.Whole(7));
    all.put("max_conns", new JsonValue.Whole(20));
    all.put("max_fails", new JsonValue.Whole(2));
    all.put("fail_timeout", new JsonValue.Text("10s"));
    all.put("backup", new JsonValue.Bool(true));
    all.put("slow_start", new JsonValue.Text("30s"));
    all.put("check", new JsonValue.Bool(true));
    all.put("comment", new JsonValue.Text("in the cellar"));

    assertThat(Upstream.servers(pool("10.0.0.1:80", all, false), notes))
        .containsExactly(
            "server 10.0.0.1:80 weight=7 max_conns=20 max_fails=2 fail_timeout=10s backup;");
    assertThat(notes)
        .containsExactly(
            "10.0.0.1:80: slow_start left out: only nginx Plus has it",
            "10.0.0.1:80: check left out: nginx has no such option");
  }

  @Test
  void whoDrainsIsDownOnce() {
    assertThat(Upstream.servers(pool("[::1]:80", Map.of(), true), notes))
        .containsExactly("server [::1]:80 down;");
    Map<String, JsonValue> both =
        Map.of("weight", new JsonValue.Whole(0), "down", new JsonValue.Bool(true));
    assertThat(Upstream.servers(pool("/run/a.sock", both, true), notes))
        .containsExactly("server unix:/run/a.sock down;");
  }

  @Test
  void theFile() {
    assertThat(text(List.of("server 10.0.0.1:80;", "server 10.0.0.2:80 down;"), OnEmpty.KEEP))
        .isEqualTo(
            """
            # Written by Muster; what is changed here is lost.
            upstream pool {
                server 10.0.0.1:80;
                server 10.0.0.2:80 down;
                keepalive 8;
                keepalive_timeout 60s;
            }
            """);
    assertThat(text(List.of(), OnEmpty.REMOVE)).contains("    server 127.0.0.1:1 down;\n");
    assertThat(text(List.of(), OnEmpty.MAINTENANCE_BACKEND))
        .contains("    server unix:/run/x.sock;\n")
        .contains("listen unix:/run/x.sock;\n")
        .contains("return 503 ");
  }

  private static String text(List<String> servers, OnEmpty onEmpty) {
    NginxSettings settings = NginxSettings.read(new MapSettings(KEYS));
    return Upstream.text(settings, servers, onEmpty, Path.of("/run/x.sock"));
  }

  @Test
  void whatMustBeSaidIsAskedFor() {
    assertThatThrownBy(
            () -> NginxSettings.read(new MapSettings(Map.of("upstream_conf_path", "/x"))))
        .hasMessageContaining("upstream_name");
    assertThatThrownBy(() -> NginxSettings.read(new MapSettings(Map.of("upstream_name", "x"))))
        .hasMessageContaining("upstream_conf_path");
    assertThatThrownBy(
            () ->
                NginxSettings.read(
                    new MapSettings(
                        Map.of("upstream_conf_path", "/x", "upstream_name", "x { evil"))))
        .hasMessageContaining("upstream_name");
  }

  private static Pool pool(String addr, Map<String, JsonValue> attributes, boolean draining) {
    Target target = new Target("web", addr, Endpoint.parse(addr, 0), attributes);
    return new Pool(1, List.of(new Pool.Member(target, draining)));
  }
}
