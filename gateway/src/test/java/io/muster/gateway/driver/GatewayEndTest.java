package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.kernel.Lane;
import io.muster.kernel.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What happens around a door that closes: others may still have work for its lanes.
class GatewayEndTest {
  /// Remembers whether its lanes still ran when it was told of the end.
  private static final class Witness implements ClientProtocol {
    private final Lane lane;
    final CountDownLatch ran = new CountDownLatch(1);
    boolean accepted;

    Witness(Lane lane) {
      this.lane = lane;
    }

    @Override
    public String name() {
      return "witness";
    }

    @Override
    public boolean webSocket(String path) {
      return false;
    }

    @Override
    public Session open(ClientConnection connection) {
      throw new IllegalStateException("nobody connects");
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
      return null;
    }

    @Override
    public void close() {
      accepted = lane.offer(ran::countDown);
    }
  }

  @Test
  void protocolsEndBeforeTheirLanesAndLateWorkIsDroppedNotThrown() throws Exception {
    NettyGateway gateway =
        new NettyGateway(
            GatewaySettings.read(
                Settings.of("gateway: { ports: [0] }", "muster.yaml", Map.of(), Map.of())
                    .root()
                    .section("gateway", ""),
                Path.of("data")));
    Lane lane = gateway.lanes().getFirst();
    Witness witness = new Witness(lane);
    gateway.serve(witness);
    gateway.open();

    gateway.close();

    assertThat(witness.accepted).isTrue();
    assertThat(witness.ran.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(lane.offer(() -> {})).isFalse();
    lane.execute(() -> {});
  }
}
