package io.muster.protocols.happn;

import io.muster.kernel.SettingsSection;
import java.time.Duration;

/// What becomes of sessions that do not log in, on a secured cluster: they are closed, so that
/// strangers cannot hold connections for ever. A client that is there still comes again.
///
/// @param interval time between looks
/// @param threshold how long a session may go without a login; zero for ever
/// @param verbose whether each is logged
/// @param asked whether somebody configured it, which an unsecured cluster refuses
public record SessionCleanup(
    Duration interval, Duration threshold, boolean verbose, boolean asked) {
  static SessionCleanup read(SettingsSection s) {
    boolean asked = s.has("interval") || s.has("threshold") || s.has("verbose");
    return new SessionCleanup(
        s.duration(
            "interval",
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            "time between looks for sessions that have not logged in"),
        s.duration(
            "threshold",
            Duration.ofSeconds(30),
            Duration.ZERO,
            Duration.ofDays(1),
            "a session that has not logged in for so long is closed; 0 keeps it"),
        s.flag("verbose", true, "log each session that is closed"),
        asked);
  }
}
