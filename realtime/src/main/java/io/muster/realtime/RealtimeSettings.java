package io.muster.realtime;

import io.muster.kernel.SettingsSection;
import java.time.Duration;

/// The `realtime` branch.
///
/// @param repairBytesMax what is kept per peer to repair gaps; beyond it the oldest is given up,
///     counted as lost if the peer turns out to need it
/// @param interestTimeout how long a new subscription waits for members that do not confirm it
/// @param topicCache how many topics keep their matches ready
/// @param laneBytesMax publications that may wait for one lane; beyond it publishers here wait
///     before their next one, and members elsewhere keep theirs and send them again
/// @param acknowledgeTimeout how long recipients have to confirm publications that ask for it
public record RealtimeSettings(
    long repairBytesMax,
    Duration interestTimeout,
    int topicCache,
    long laneBytesMax,
    Duration acknowledgeTimeout) {
  public static RealtimeSettings read(SettingsSection s) {
    return new RealtimeSettings(
        s.bytes("repair_bytes_max", 32 << 20, 1 << 16, 1L << 32, "kept per peer to repair gaps"),
        s.duration(
            "interest_timeout",
            Duration.ofSeconds(2),
            Duration.ofMillis(10),
            Duration.ofMinutes(1),
            "how long a subscription waits for silent members"),
        s.integer("topic_cache", 20_000, 16, 10_000_000, "topics whose matches are kept"),
        s.bytes("lane_bytes_max", 32 << 20, 1 << 16, 1L << 32, "publications that wait for a lane"),
        s.duration(
            "acknowledge_timeout",
            Duration.ofMinutes(1),
            Duration.ofMillis(100),
            Duration.ofHours(1),
            "how long recipients have to confirm what is published with consistency 3"));
  }
}
