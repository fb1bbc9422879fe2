package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.kernel.Settings;
import io.muster.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What one client may do at most, over sockets.
class LimitsTest {
  private @Nullable NettyGateway gateway;

  @AfterEach
  void stop() {
    if (gateway != null) gateway.close();
  }

  private static final class Echo implements ClientProtocol {
    @Override
    public String name() {
      return "echo";
    }

    @Override
    public boolean webSocket(String path) {
      return true;
    }

    @Override
    public Session open(ClientConnection connection) {
      return new Session() {
        @Override
        public void text(byte[] payload) {
          connection.send(payload);
        }

        @Override
        public void binary(byte[] payload) {}

        @Override
        public void excess(byte[] payload, String why) {
          connection.send((new String(payload) + " was too much: " + why).getBytes());
        }

        @Override
        public void closed() {}
      };
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
      return CompletableFuture.completedFuture(HttpAnswer.text(200, "here"));
    }
  }

  private int open(String limits) {
    String yaml = "gateway: { ports: [0], limits: " + limits + " }";
    NettyGateway g =
        new NettyGateway(
            GatewaySettings.read(
                Settings.of(yaml, "muster.yaml", Map.of(), Map.of()).root().section("gateway", ""),
                Path.of("data")));
    gateway = g;
    g.serve(new Echo());
    return g.open().getFirst();
  }

  @Test
  void whoSendsTooManyMessagesIsToldAndClosed() throws Exception {
    int port = open("{ messages_per_second: 3 }");
    ClientFrames frames = new ClientFrames();
    // Within one second at most two shares: the seventh is one too many.
    for (int i = 1; i <= 10; i++) frames.text("m" + i);
    try (RawSocket c = new RawSocket(port).upgrade()) {
      c.write(frames.bytes());

      String last = "";
      while (!last.contains("too much")) last = c.text();
      assertThat(last)
          .matches("m[4-7] was too much: more than 3 messages or .* bytes within a second");
      assertThat(c.closed()).isTrue();
    }
    assertThat(gateway.guard().rateClosed()).isEqualTo(1);
    try (RawSocket c = new RawSocket(port).upgrade()) {
      c.write(new ClientFrames().text("again").bytes());
      assertThat(c.text()).isEqualTo("again");
    }
  }

  @Test
  void whoSendsTooManyBytesIsClosedAndOthersAreNot() throws Exception {
    int port = open("{ bytes_per_second: 1KiB }");
    try (RawSocket quiet = new RawSocket(port).upgrade();
        RawSocket loud = new RawSocket(port).upgrade()) {
      ClientFrames frames = new ClientFrames();
      for (int i = 0; i < 9; i++) frames.text("x".repeat(700));
      loud.write(frames.bytes());
      assertThat(loud.closed()).isTrue();

      quiet.write(new ClientFrames().text("still here").bytes());
      assertThat(quiet.text()).isEqualTo("still here");
    }
  }

  @Test
  void pingsCountAsWell() throws Exception {
    int port = open("{ messages_per_second: 2 }");
    ClientFrames frames = new ClientFrames();
    for (int i = 0; i < 20; i++) frames.frame(ClientFrames.PING, true, new byte[] {1});
    try (RawSocket c = new RawSocket(port).upgrade()) {
      c.write(frames.bytes());
      assertThat(c.closed()).isTrue();
    }
    assertThat(gateway.guard().rateClosed()).isEqualTo(1);
  }

  @Test
  void anAddressHasOnlySoManyConnections() throws Exception {
    int port = open("{ connections_per_address: 2 }");
    try (RawSocket one = new RawSocket(port).upgrade();
        RawSocket two = new RawSocket(port)) {
      assertThat(two.write("GET /a HTTP/1.1\n\n").answer().status()).isEqualTo(200);
      try (RawSocket three = new RawSocket(port)) {
        RawSocket.Answer a = three.write("GET /a HTTP/1.1\n\n").answer();
        assertThat(a.status()).isEqualTo(429);
        assertThat(a.headers()).containsEntry("retry-after", "5");
        assertThat(a.body()).isEqualTo("more than 2 connections from your address\n");
        assertThat(three.closed()).isTrue();
      }
      assertThat(gateway.guard().addressRefused()).isEqualTo(1);
    }
    Eventually.within(
        Duration.ofSeconds(10),
        "the places are free again",
        () -> {
          try (RawSocket c = new RawSocket(port)) {
            return c.write("GET /a HTTP/1.1\n\n").answer().status() == 200;
          }
        });
  }

  @Test
  void theUsualLimitsBiteNoBenchmark() throws Exception {
    int port = open("{}");
    byte[] many = new byte[0];
    ClientFrames frames = new ClientFrames();
    for (int i = 0; i < 100_000; i++) frames.text("x");
    many = frames.bytes();
    try (RawSocket c = new RawSocket(port).upgrade()) {
      byte[] all = many;
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      c.write(all);
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      for (int i = 0; i < 100_000; i++) assertThat(c.text()).isEqualTo("x");
      writer.join();
    }
  }
}
