package io.muster.admin;

import io.muster.gateway.TlsSettings;
import io.muster.kernel.Address;
import io.muster.kernel.HostSpec;
import io.muster.kernel.Secret;
import io.muster.kernel.SettingsSection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The `admin` branch.
///
/// @param auth whether requests need the token; may be off on loopback only
/// @param watchersMax streams of `/v1/data/watch` open at once, and as many of `/v1/events`; more
///     are refused
/// @param watchBytesMax what may wait for one watcher that reads slowly; beyond it its stream ends
/// @param watchHeartbeat after so long without an event a watcher gets a comment, so that both
///     sides notice when the other has gone
/// @param viewersMax streams of `/v1/live` open at once, one for each open dashboard; more are
///     refused
/// @param sessionIdle a dashboard's login ends when nothing was asked for so long; that its figures
///     are brought up to date counts as nothing
/// @param plain whether it was said that there is to be no TLS, also beyond loopback
public record AdminSettings(
    Address listen,
    Auth auth,
    int watchersMax,
    long watchBytesMax,
    Duration watchHeartbeat,
    int viewersMax,
    Duration sessionIdle,
    Optional<Tls> tls,
    boolean plain) {
  private static final TlsSettings.Use TLS = new TlsSettings.Use("admin.tls", "admin", false);

  /// @param ca who signs what clients must show, a PEM file; empty where they need no certificate
  public record Tls(TlsSettings pair, Optional<Path> ca) {
    /// The certificates as PEM; empty where they have not been made yet, or cannot be read here.
    public Optional<String> shown() {
      return switch (pair.certificate()) {
        case TlsSettings.Pem.Text(Secret pem) -> Optional.of(pem.reveal());
        case TlsSettings.Pem.File(Path file) -> {
          try {
            yield Optional.of(Files.readString(file));
          } catch (IOException e) {
            yield Optional.empty();
          }
        }
      };
    }
  }

  /// Without TLS.
  public AdminSettings(
      Address listen,
      Auth auth,
      int watchersMax,
      long watchBytesMax,
      Duration watchHeartbeat,
      int viewersMax,
      Duration sessionIdle) {
    this(
        listen,
        auth,
        watchersMax,
        watchBytesMax,
        watchHeartbeat,
        viewersMax,
        sessionIdle,
        Optional.empty(),
        true);
  }

  /// Who may ask.
  public enum Auth {
    TOKEN,
    NONE
  }

  /// Reads the branch.
  ///
  /// @param home where a pair lies that is made and has no paths of its own
  public static AdminSettings read(SettingsSection s, Path home) {
    String listen =
        s.text("listen", "127.0.0.1:8880", "address or interface, and port, for administration");
    Auth auth = s.choice("auth", Auth.class, Auth.TOKEN, "token, or none: legal on loopback only");
    int watchersMax = s.integer("watchers_max", 64, 0, 10_000, "data watches open at once");
    long watchBytesMax =
        s.bytes("watch_bytes_max", 4 << 20, 1 << 12, 1L << 30, "may wait for one slow watcher");
    Duration heartbeat =
        s.duration(
            "watch_heartbeat",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofMinutes(10),
            "a quiet watch gets a comment after this");
    SettingsSection branch = s.section("tls", "encryption of administration");
    boolean said = branch.optionalText("mode", "").isPresent();
    Optional<Path> ca =
        branch
            .optionalText(
                "ca", "who signs what clients must show, PEM file; left out, they need none")
            .map(Path::of);
    Optional<Tls> tls = TlsSettings.read(branch, home, TLS).map(pair -> new Tls(pair, ca));
    if (ca.isPresent() && tls.isEmpty()) {
      throw branch.wrong("ca", "none without 'cert' and 'key', or with mode http");
    }
    int viewersMax = s.integer("viewers_max", 64, 0, 10_000, "dashboards open at once");
    Duration sessionIdle =
        s.duration(
            "session_idle",
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            Duration.ofDays(365),
            "a dashboard's login ends when nobody did anything for this long");
    try {
      Address given = Address.parse(listen);
      Address address = new Address(HostSpec.resolve(given.host()), given.port());
      return new AdminSettings(
          address,
          auth,
          watchersMax,
          watchBytesMax,
          heartbeat,
          viewersMax,
          sessionIdle,
          tls,
          said && tls.isEmpty());
    } catch (IllegalArgumentException e) {
      throw s.wrong("listen", "host:port (" + e.getMessage() + ")");
    }
  }
}
