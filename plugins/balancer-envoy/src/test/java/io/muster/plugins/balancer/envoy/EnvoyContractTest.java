package io.muster.plugins.balancer.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.muster.contract.BalancerContract;
import io.muster.contract.MapSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.testing.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// No envoy can be had here. A stand-in has its admin port, and what it says of its hosts it reads
/// from the file of endpoints, as envoy does; that envoy itself takes the files is not shown.
class EnvoyContractTest extends BalancerContract {
  private final int port = Ports.free();
  private HttpServer standIn;
  private volatile boolean deaf;

  @Override
  protected BalancerProvider provider() {
    return new EnvoyProvider();
  }

  @Override
  protected Map<String, String> keys() throws IOException {
    if (standIn == null) start();
    return Map.of(
        "listen", Integer.toString(Ports.free()),
        "admin", Integer.toString(port),
        "step_timeout", "2000");
  }

  @Override
  protected boolean real() {
    return true;
  }

  private void start() throws IOException {
    standIn = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
    standIn.createContext(
        "/",
        exchange -> {
          byte[] answer =
              switch (exchange.getRequestURI().getPath()) {
                case "/clusters" -> clusters();
                case "/stats" ->
                    "cluster.web__front.upstream_cx_total: 7\nserver.uptime: 1\n"
                        .getBytes(StandardCharsets.UTF_8);
                default -> "LIVE\n".getBytes(StandardCharsets.UTF_8);
              };
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    standIn.start();
  }

  private byte[] clusters() throws IOException {
    Path file = directory().resolve("own/endpoints.json");
    if (!Files.exists(file)) return bytes("{\"cluster_statuses\":[]}");
    StringBuilder hosts = new StringBuilder();
    if (!deaf) {
      JsonValue root = JsonText.read(Files.readAllBytes(file));
      for (JsonValue assignment : array(root, "resources")) {
        for (JsonValue locality : array(assignment, "endpoints")) {
          for (JsonValue host : array(locality, "lb_endpoints")) {
            JsonValue address = member(member(host, "endpoint"), "address");
            if (!hosts.isEmpty()) hosts.append(',');
            hosts.append("{\"address\":").append(new String(JsonText.write(address), UTF_8));
            hosts.append('}');
          }
        }
      }
    }
    return bytes(
        "{\"cluster_statuses\":[{\"name\":\"web__front\",\"host_statuses\":[" + hosts + "]}]}");
  }

  private static final Charset UTF_8 = StandardCharsets.UTF_8;

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static JsonValue member(JsonValue of, String name) {
    SequencedMap<String, JsonValue> members =
        of instanceof JsonValue.Obj o ? o.members() : new LinkedHashMap<>();
    return members.getOrDefault(name, JsonValue.NULL);
  }

  private static List<JsonValue> array(JsonValue of, String name) {
    return member(of, name) instanceof JsonValue.Arr a ? a.elements() : List.of();
  }

  @AfterEach
  void stop() {
    if (standIn != null) standIn.stop(0);
  }

  @Test
  void filesThatAreNotTakenAreTakenBack() throws IOException {
    Path file = directory().resolve("own/endpoints.json");
    try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
      balancer.apply(pool(1, "127.0.0.1:21"));
      String good = Files.readString(file);
      deaf = true;

      assertThatThrownBy(() -> balancer.apply(pool(2, "127.0.0.1:22")))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.VERIFY))
          .hasMessageContaining("127.0.0.1:22");
      assertThat(file).hasContent(good);

      deaf = false;
      assertThat(balancer.apply(pool(3, "127.0.0.1:22"))).isEqualTo(Balancer.Applied.RUNTIME);
      assertThat(balancer.look().stats().toString()).contains("upstream_cx_total");
      Files.writeString(file, good);
      assertThat(balancer.look().drift()).anyMatch(d -> d.contains("endpoints.json"));
    }
  }

  @Test
  void whereNobodyAnswersTheFilesAreThereForWhoeverStartsEnvoy() {
    standIn.stop(0);
    try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
      assertThatThrownBy(() -> balancer.apply(pool(1, "127.0.0.1:21")))
          .isInstanceOfSatisfying(
              BalancerException.class, e -> assertThat(e.step()).isEqualTo(Step.UNREACHABLE))
          .hasMessageContaining("envoy -c " + directory().resolve("own/bootstrap.json"));
      assertThat(directory().resolve("own/bootstrap.json")).exists();
      assertThat(balancer.look().running()).isFalse();
    }
  }

  @Test
  void aProgramThatIsMissingIsNamedWithTheKeyThatSaysWhereItIs() throws IOException {
    standIn.stop(0);
    Map<String, String> keys = new LinkedHashMap<>(keys());
    keys.put("envoy_bin", "/nowhere/envoy");
    BalancerSetup.Place place =
        new BalancerSetup.Place(
            "web", "front", directory(), directory().resolve("own"), BalancerSetup.OnEmpty.REMOVE);
    try (Balancer balancer = provider().read(new MapSettings(keys)).open(place)) {
      assertThatThrownBy(() -> balancer.apply(pool(1, "127.0.0.1:21")))
          .hasMessageContaining("/nowhere/envoy")
          .hasMessageContaining("envoy_bin");
      assertThat(directory().resolve("own/bootstrap.json")).doesNotExist();
    }
  }
}
