package io.muster.plugins.check.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.muster.contract.CheckContract;
import io.muster.contract.MapSettings;
import io.muster.contract.ProbeContext;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TcpCheckTest extends CheckContract {
  private static final Echo ECHO = new Echo();

  /// Greets, then says what it hears.
  private static final class Echo implements AutoCloseable {
    final ServerSocket server;

    Echo() {
      try {
        server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Thread.ofVirtual()
          .start(
              () -> {
                while (true) {
                  try {
                    Socket s = server.accept();
                    Thread.ofVirtual().start(() -> serve(s));
                  } catch (IOException e) {
                    return;
                  }
                }
              });
    }

    private static void serve(Socket s) {
      try (s) {
        s.getOutputStream().write("220 ready\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] some = new byte[100];
        for (int n = s.getInputStream().read(some); n >= 0; n = s.getInputStream().read(some)) {
          s.getOutputStream().write(some, 0, n);
        }
      } catch (IOException e) {
        // The other side has gone.
      }
    }

    @Override
    public void close() {
      try {
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @AfterAll
  static void end() {
    ECHO.close();
  }

  @Override
  protected CheckProvider provider() {
    return new TcpProvider();
  }

  @Override
  protected Endpoint well() {
    return new Endpoint.Net("tcp", "127.0.0.1", ECHO.server.getLocalPort());
  }

  @Override
  protected Map<String, String> keys() {
    return Map.of("send", "ping", "expect_regex", "^220 .*ping");
  }

  private Finding ask(Map<String, String> keys) {
    try (Check check = provider().read(new MapSettings(keys)).open(new ProbeContext("c"))) {
      return found(check.probe(probe(well())));
    }
  }

  @Test
  void connectingIsEnoughWithoutKeys() {
    assertThat(ask(Map.of())).isEqualTo(Finding.PASSED);
    assertThat(ask(Map.of("send", "x"))).isEqualTo(Finding.PASSED);
  }

  @Test
  void bytesAreLookedForInAllThatCame() {
    assertThat(ask(Map.of("expect", "ready"))).isEqualTo(Finding.PASSED);
    assertThat(ask(Map.of("send_base64", "AAE=", "expect_base64", "DQoAAQ==")))
        .isEqualTo(Finding.PASSED);
    assertThat(ask(Map.of("expect", "never", "send", "x".repeat(30), "expect_max", "20")).message())
        .startsWith("What is expected is not in the first 20 bytes: '220 ready");
  }

  /// The first address of `localhost` has nobody listening, the last one has.
  @Test
  void aNameWithSeveralAddressesIsTriedThrough() throws IOException {
    InetAddress[] all = InetAddress.getAllByName("localhost");
    assumeThat(all.length).as("addresses of localhost").isGreaterThan(1);
    try (ServerSocket last = new ServerSocket(0, 10, all[all.length - 1]);
        Check check = provider().read(new MapSettings(Map.of())).open(new ProbeContext("c"))) {
      Endpoint local = new Endpoint.Net("tcp", "localhost", last.getLocalPort());
      assertThat(found(check.probe(probe(local)))).isEqualTo(Finding.PASSED);
    }
  }

  @Test
  void aSocketThatIsNotThereIsSaidSo() {
    try (Check check = open()) {
      assertThat(found(check.probe(probe(new Endpoint.Unix("/no/such/socket")))).message())
          .isEqualTo("No such file or directory");
    }
  }

  @Test
  void wrongKeysAreNamed() {
    assertThatThrownBy(() -> ask(Map.of("expect_regex", "("))).hasMessageContaining("expect_regex");
    assertThatThrownBy(() -> ask(Map.of("send_base64", "!"))).hasMessageContaining("send_base64");
    assertThatThrownBy(() -> ask(Map.of("send", "a", "send_base64", "AA==")))
        .hasMessageContaining("send_base64");
    assertThatThrownBy(() -> ask(Map.of("expect", "a", "expect_regex", "a")))
        .hasMessageContaining("expect_regex");
  }
}
