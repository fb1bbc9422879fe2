package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.Frame;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.testing.Eventually;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What one client does not read may cost nobody else.
class SlowConsumerTest {
  private static final long QUEUE = 1 << 20;
  private static final Duration SOON = Duration.ofSeconds(20);

  /// Everything that is sent goes to all connections, encoded once.
  private static final class Broadcast implements ClientProtocol {
    final List<ClientConnection> all = new CopyOnWriteArrayList<>();

    @Override
    public String name() {
      return "broadcast";
    }

    @Override
    public boolean webSocket(String path) {
      return true;
    }

    @Override
    public Session open(ClientConnection connection) {
      all.add(connection);
      return new Session() {
        @Override
        public void text(byte[] payload) {
          connection.send(payload);
        }

        @Override
        public void binary(byte[] payload) {
          // Nobody sends any.
        }

        @Override
        public void closed() {
          all.remove(connection);
        }
      };
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
      return null;
    }

    /// A client sees the answer to its upgrade before its session is open.
    void await(int sessions) {
      Eventually.within(SOON, sessions + " sessions", () -> all.size() == sessions);
    }

    void publish(byte[] payload) {
      ClientConnection any = all.getFirst();
      CompletableFuture.runAsync(
              () -> {
                any.frames().begin(payload.length).writeBytes(payload);
                Frame frame = any.frames().end();
                for (ClientConnection c : all) c.send(frame);
              },
              any.lane())
          .join();
    }
  }

  private final Broadcast protocol = new Broadcast();
  private final NettyGateway gateway = new NettyGateway(EmbeddedClient.settings(1 << 20, QUEUE));
  private final int port;

  SlowConsumerTest() {
    gateway.serve(protocol);
    port = gateway.open().getFirst();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void aClientThatStopsReadingIsClosedAtTheBoundAndOthersGoOn() throws Exception {
    byte[] payload = "e".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
    try (RawSocket slow = new RawSocket(port, 8192).upgrade();
        RawSocket reader = new RawSocket(port).upgrade()) {
      protocol.await(2);

      int published = 0;
      while (protocol.all.size() == 2) {
        protocol.publish(payload);
        published++;
        assertThat(reader.text()).hasSize(payload.length);
        // Beyond the bound there are only the sockets' own buffers.
        assertThat((long) published * payload.length).isLessThan(QUEUE + (16 << 20));
        if (gateway.view().slowClosed() > 0) {
          Eventually.within(SOON, "the slow one is gone", () -> protocol.all.size() == 1);
        }
      }

      assertThat((long) published * payload.length).isGreaterThan(QUEUE);
      assertThat(gateway.view().slowClosed()).isOne();
      assertThat(slow.closed()).isTrue();
      for (int i = 0; i < 100; i++) {
        protocol.publish(payload);
        assertThat(reader.text()).hasSize(payload.length);
      }
    }
  }

  @Test
  void manySlowClientsCostAtMostTheirQueues() throws Exception {
    byte[] payload = "e".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
    List<RawSocket> slow = new ArrayList<>();
    try (RawSocket reader = new RawSocket(port).upgrade()) {
      for (int i = 0; i < 20; i++) slow.add(new RawSocket(port, 8192).upgrade());
      protocol.await(21);

      for (int i = 0; i < 400 && protocol.all.size() > 1; i++) {
        protocol.publish(payload);
        assertThat(reader.text()).hasSize(payload.length);
      }

      Eventually.within(SOON, "only the reader is left", () -> protocol.all.size() == 1);
      assertThat(gateway.view().slowClosed()).isEqualTo(20);
      reader.write(new ClientFrames().text("still here").bytes());
      assertThat(reader.text()).isEqualTo("still here");
    } finally {
      for (RawSocket s : slow) s.close();
    }
  }

  @Test
  void aBoundThatIsLoweredHoldsForThoseWhoAreThere() throws Exception {
    byte[] payload = "e".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
    try (RawSocket client = new RawSocket(port).upgrade()) {
      protocol.await(1);
      protocol.publish(payload);
      assertThat(client.text()).hasSize(payload.length);

      gateway.queueBytesMax(1 << 16);
      protocol.publish(payload);

      assertThat(client.closed()).isTrue();
      assertThat(gateway.view().slowClosed()).isOne();
    }
  }

  @Test
  void aLimitOfConnectionsThatIsLoweredSendsNobodyAwayAndLetsNobodyIn() throws Exception {
    try (RawSocket first = new RawSocket(port).upgrade();
        RawSocket second = new RawSocket(port).upgrade()) {
      gateway.connectionsMax(2);

      try (RawSocket third = new RawSocket(port)) {
        assertThatThrownBy(third::upgrade).hasMessage("not upgraded: 503");
      }
      gateway.connectionsMax(1);
      for (RawSocket s : List.of(first, second)) {
        s.write(new ClientFrames().text("here").bytes());
        assertThat(s.text()).isEqualTo("here");
      }

      gateway.connectionsMax(3);
      try (RawSocket third = new RawSocket(port).upgrade()) {
        third.write(new ClientFrames().text("in").bytes());
        assertThat(third.text()).isEqualTo("in");
      }
    }
  }
}
