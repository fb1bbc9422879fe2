package io.muster.admin;

import io.muster.kernel.Address;
import io.muster.kernel.HostSpec;
import io.muster.kernel.SettingsSection;
import java.time.Duration;

/// The `admin` branch.
///
/// @param auth whether requests need the token; may be off on loopback only
/// @param watchersMax streams of `/v1/data/watch` open at once; more are refused
/// @param watchBytesMax what may wait for one watcher that reads slowly; beyond it its stream ends
/// @param watchHeartbeat after so long without an event a watcher gets a comment, so that both
///     sides notice when the other has gone
/// @param viewersMax streams of `/v1/live` open at once, one for each open dashboard; more are
///     refused
/// @param sessionIdle a dashboard's login ends when nothing was asked for so long; that its figures
///     are brought up to date counts as nothing
public record AdminSettings(
    Address listen,
    Auth auth,
    int watchersMax,
    long watchBytesMax,
    Duration watchHeartbeat,
    int viewersMax,
    Duration sessionIdle) {
  /// Who may ask.
  public enum Auth {
    TOKEN,
    NONE
  }

  public static AdminSettings read(SettingsSection s) {
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
          address, auth, watchersMax, watchBytesMax, heartbeat, viewersMax, sessionIdle);
    } catch (IllegalArgumentException e) {
      throw s.wrong("listen", "host:port (" + e.getMessage() + ")");
    }
  }
}
