package io.muster.gateway;

import io.muster.kernel.ClusterSetting;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingShape;
import io.muster.kernel.SettingsSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The `gateway` branch: the clients' door.
///
/// @param lanes event loops that own the connections
/// @param connectionsMax shared evenly by the lanes; more are refused with 503
/// @param queueBytesMax what may wait to be sent to one client; a client behind that is closed so
///     that it reconnects
public record GatewaySettings(
    String host,
    List<Integer> ports,
    int lanes,
    int connectionsMax,
    int frameBytesMax,
    long queueBytesMax,
    Duration keepAlive,
    Optional<TlsSettings> tls) {
  public static final ClusterSetting<Integer> CONNECTIONS_MAX =
      new ClusterSetting<>(
          "gateway.connections_max",
          SettingShape.whole(1, 10_000_000),
          1_000_000,
          ClusterSetting.Change.RUNNING,
          "clients' connections to one member at most");

  public static final ClusterSetting<Long> QUEUE_BYTES_MAX =
      new ClusterSetting<>(
          "gateway.queue_bytes_max",
          SettingShape.bytes(1 << 16, 1L << 30),
          16L << 20,
          ClusterSetting.Change.RUNNING,
          "may wait for one slow client");

  public GatewaySettings {
    ports = List.copyOf(ports);
  }

  /// Reads the branch.
  ///
  /// @param home the member's data directory
  /// @throws MusterException `setting_invalid`
  public static GatewaySettings read(SettingsSection s, Path home) {
    List<String> texts =
        s.texts("ports", List.of("55000", "7512"), "ports for clients, all protocols on each");
    List<Integer> ports = new ArrayList<>();
    for (String t : texts) {
      try {
        int port = Integer.parseInt(t);
        if (port < 0 || port > 65535) throw new NumberFormatException(t);
        ports.add(port);
      } catch (NumberFormatException e) {
        MusterException wrong = s.wrong("ports", "ports from 0 to 65535, found '" + t + "'");
        wrong.initCause(e);
        throw wrong;
      }
    }
    Optional<TlsSettings> tls = TlsSettings.read(s.section("tls", "encryption for clients"), home);
    int cores = Runtime.getRuntime().availableProcessors();
    return new GatewaySettings(
        s.text("host", "127.0.0.1", "address to listen on for clients"),
        ports,
        s.integer("lanes", Math.clamp(cores / 2, 1, 16), 1, 256, "event loops for connections"),
        s.own(CONNECTIONS_MAX),
        (int) s.bytes("frame_bytes_max", 10_485_760, 1024, 256 << 20, "largest inbound message"),
        s.own(QUEUE_BYTES_MAX),
        s.duration(
            "keep_alive",
            Duration.ofSeconds(120),
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            "idle HTTP connections are closed after this"),
        tls);
  }
}
