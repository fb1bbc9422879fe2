package io.muster.plugins.balancer.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is generated, against files that were compared with envoy's published API by hand.
class EnvoyConfigTest {
  private final List<String> notes = new ArrayList<>();

  /// A golden file shows what is generated now, ready to be looked at and put in place.
  @ParameterizedTest
  @ValueSource(strings = {"redis", "tcp", "http", "names", "empty"})
  void filesAreAsTheyWereLookedAt(String name) throws IOException {
    Map<String, String> keys = new HashMap<>();
    keys.put("listen", "6380,[::1]:6381");
    if (List.of("tcp", "http").contains(name)) keys.put("filter", name);
    if (name.equals("empty")) keys.put("filter", "http");
    List<Pool.Member> members = new ArrayList<>();
    if (!name.equals("empty")) {
      members.add(member("10.0.0.1:6379", Map.of("weight", new JsonValue.Whole(3)), false));
      members.add(member("10.0.0.2:6379", Map.of(), true));
      members.add(member("[::1]:6379", Map.of("backup", new JsonValue.Bool(true)), false));
      members.add(member("/run/redis.sock", Map.of("down", new JsonValue.Bool(true)), false));
    }
    if (name.equals("names")) members.add(member("redis.example.org:6379", Map.of(), false));

    StringBuilder now = new StringBuilder();
    EnvoyConfig config =
        new EnvoyConfig(
            EnvoySettings.read(new MapSettings(keys)), "web__front", Path.of("/var/lib/muster/e"));
    config
        .files(EnvoyConfig.hosts(new Pool(1, members), notes), members.isEmpty())
        .forEach((file, text) -> now.append("// ").append(file).append('\n').append(text));

    assertThat(now.toString()).isEqualTo(golden(name));
    assertThat(notes).isEmpty();
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = EnvoyConfigTest.class.getResourceAsStream("envoy-" + name + ".txt")) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void theUsersOwnAdminBlockIsTakenAsItIs() {
    String block =
        """
        {"access_log_path":"/dev/null","address":{"socket_address":{"address":"127.0.0.1",
        "port_value":9901}}}\
        """;
    EnvoySettings settings = read(Map.of("listen", "6380", "admin", block));

    assertThat(settings.admin()).isEqualTo(new EnvoySettings.Address("127.0.0.1", 9901));
    String bootstrap =
        new EnvoyConfig(settings, "a__b", Path.of("/d"))
            .files(List.of(), false)
            .get(EnvoyConfig.BOOTSTRAP);
    assertThat(bootstrap).contains("access_log_path");
    JsonText.read(bootstrap.getBytes(StandardCharsets.UTF_8));

    assertThat(read(Map.of("listen", "1", "admin", "9902")).admin())
        .isEqualTo(new EnvoySettings.Address("127.0.0.1", 9902));
    assertThat(read(Map.of("listen", "1", "admin", "\"10.0.0.1:9903\"")).admin())
        .isEqualTo(new EnvoySettings.Address("10.0.0.1", 9903));
  }

  @Test
  void whatMustBeSaidIsAskedFor() {
    assertThatThrownBy(() -> read(Map.of())).hasMessageContaining("listen");
    assertThatThrownBy(() -> read(Map.of("listen", "a:b:c"))).hasMessageContaining("listen");
    assertThatThrownBy(() -> read(Map.of("listen", "70000"))).hasMessageContaining("listen");
    assertThatThrownBy(() -> read(Map.of("listen", "1", "admin", "{}")))
        .hasMessageContaining("admin");
  }

  private static EnvoySettings read(Map<String, String> keys) {
    return EnvoySettings.read(new MapSettings(keys));
  }

  private static Pool.Member member(
      String addr, Map<String, JsonValue> attributes, boolean draining) {
    Target target = new Target("web", addr, Endpoint.parse(addr, 0), attributes);
    return new Pool.Member(target, draining);
  }
}
