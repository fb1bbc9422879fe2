package io.muster.protocols.happn;

import io.muster.kernel.SettingsSection;
import java.time.Duration;

/// The `happn` branch of the gateway.
///
/// @param pingInterval the server pings happn_4 clients so often; they give up after 45 s
/// @param skippedPings unanswered pings forgiven
/// @param requestsMax requests of one session in work at once; beyond it the session is not read
/// @param cleanup what becomes of sessions that do not log in
/// @param guard what plain HTTP asks for on a secured cluster, and how it refuses
public record HappnSettings(
    Duration pingInterval,
    int skippedPings,
    int requestsMax,
    Cookies cookies,
    SessionCleanup cleanup,
    HttpGuard guard) {
  public static HappnSettings read(SettingsSection s) {
    return new HappnSettings(
        s.duration(
            "ping_interval",
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(40),
            "time between pings of happn_4 clients"),
        s.integer("skipped_pings", 1, 0, 100, "unanswered pings forgiven"),
        s.integer("requests_max", 1024, 1, 1_000_000, "requests of one session in work at once"),
        Cookies.read(s),
        SessionCleanup.read(
            s.section("unconfigured_session_cleanup", "sessions that do not log in")),
        HttpGuard.read(
            s.section(
                "http", "what plain HTTP asks for on a secured cluster, and how it refuses")));
  }
}
