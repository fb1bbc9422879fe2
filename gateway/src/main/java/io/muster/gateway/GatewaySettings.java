package io.muster.gateway;

import io.muster.gateway.core.Cors;
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
/// @param bodyBytesMax largest body of a plain HTTP request
/// @param corsOrigins pages of these may read answers; `*` for all
public record GatewaySettings(
    String host,
    List<Integer> ports,
    int lanes,
    int connectionsMax,
    int frameBytesMax,
    long queueBytesMax,
    Duration keepAlive,
    int bodyBytesMax,
    List<String> corsOrigins,
    Limits limits,
    Optional<TlsSettings> tls) {
  private static final TlsSettings.Use TLS = new TlsSettings.Use("gateway.tls", "client", true);

  /// What one client may do at most; 0 is any number.
  ///
  /// @param connectionsPerAddress of any kind; more are answered with 429 and closed
  /// @param messagesPerSecond on one WebSocket, pings and fragments included
  /// @param bytesPerSecond on one WebSocket
  public record Limits(int connectionsPerAddress, int messagesPerSecond, long bytesPerSecond) {
    static Limits read(SettingsSection s) {
      return new Limits(
          s.integer(
              "connections_per_address",
              100_000,
              0,
              10_000_000,
              "connections of one address, an IPv6 network of 64 bits counting as one; 0 is any"),
          s.integer(
              "messages_per_second",
              500_000,
              0,
              100_000_000,
              "messages of one connection within a second; beyond it is told and closed; 0 is any"),
          s.bytes(
              "bytes_per_second",
              1L << 30,
              0,
              1L << 40,
              "bytes of one connection within a second; 0 is any"));
    }
  }

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
    corsOrigins = List.copyOf(corsOrigins);
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
    Optional<TlsSettings> tls =
        TlsSettings.read(s.section("tls", "encryption for clients"), home, TLS);
    int cores = Runtime.getRuntime().availableProcessors();
    return new GatewaySettings(
        s.host("host", "127.0.0.1", "address or interface to listen on for clients"),
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
        (int) s.bytes("body_bytes_max", 1 << 20, 1024, 64 << 20, "largest body of an HTTP request"),
        origins(s.section("cors", "pages of other origins")),
        Limits.read(s.section("limits", "what one client may do")),
        tls);
  }

  private static List<String> origins(SettingsSection s) {
    List<String> origins =
        s.texts(
            "origins",
            List.of(),
            "origins whose pages may read HTTP answers, such as https://my.org; * for all");
    for (String o : origins) {
      if (!Cors.origin(o)) {
        throw s.wrong("origins", "origins such as https://my.org or *, found '" + o + "'");
      }
    }
    return origins;
  }
}
