package io.muster.registry;

import io.muster.kernel.Address;
import io.muster.kernel.ClusterSetting;
import io.muster.kernel.SettingShape;
import io.muster.kernel.SettingsSection;
import java.time.Duration;
import java.util.List;

/// The `registry` branch: how the control members form their groups.
///
/// @param expect how many control members found the groups together; 0 when this member is a seed
///     or joins later
/// @param voters the founders as a fixed list, the same on each of them; empty for the other ways
/// @param replaceAfter a voter that has been away for so long gives its place to a learner, if any
/// @param electionTimeout a follower that hears nothing from its leader for so long elects another
/// @param snapshotLogBytes the log grows by about as much between two snapshots, also before their
///     interval is over: what a restart reads, and half of what the log takes on disk
/// @param proposalTimeout after so long the outcome of a proposal is unknown
public record RegistrySettings(
    boolean seed,
    int expect,
    List<Address> voters,
    int votersMax,
    Duration replaceAfter,
    Duration electionTimeout,
    Duration proposalTimeout,
    Duration bootstrapTimeout,
    Duration snapshotEvery,
    long snapshotLogBytes) {
  /// The same on all control members: a leader answers reads alone while its lease holds, which it
  /// reckons with its own timeout; a follower with a shorter one could elect another meanwhile, and
  /// the old leader would answer with what is no longer so.
  public static final ClusterSetting<Duration> ELECTION_TIMEOUT =
      new ClusterSetting<>(
          "registry.election_timeout",
          SettingShape.duration(Duration.ofMillis(100), Duration.ofDays(1)),
          Duration.ofMillis(500),
          ClusterSetting.Change.AT_START,
          "silence of a leader after which another is elected");

  public static RegistrySettings read(SettingsSection s) {
    Duration ms = Duration.ofMillis(100);
    Duration day = Duration.ofDays(1);
    RegistrySettings read =
        new RegistrySettings(
            s.flag("seed", false, "found the groups alone, at the very first start"),
            s.integer("expect", 0, 0, 99, "found the groups once so many control members are up"),
            addresses(s),
            s.integer("voters_max", 5, 1, 9, "later control members vote up to this number"),
            s.duration(
                "replace_after",
                Duration.ofMinutes(1),
                Duration.ofSeconds(1),
                day,
                "a voter away for so long gives its place to a later control member"),
            s.own(ELECTION_TIMEOUT),
            s.duration(
                "proposal_timeout",
                Duration.ofSeconds(5),
                ms,
                day,
                "after so long the outcome of a change is unknown"),
            s.duration(
                "bootstrap_timeout",
                Duration.ofMinutes(10),
                ms,
                day,
                "how long to wait for the groups at start"),
            s.duration(
                "snapshot_interval",
                Duration.ofMinutes(10),
                Duration.ofSeconds(1),
                day,
                "time between snapshots that shorten the log"),
            s.bytes(
                "snapshot_log_bytes",
                256L << 20,
                1 << 20,
                1L << 40,
                "growth of a log that does not wait for the interval"));
    int ways = (read.seed ? 1 : 0) + (read.expect > 0 ? 1 : 0) + (read.voters.isEmpty() ? 0 : 1);
    if (ways > 1) throw s.wrong("expect", "one of 'seed', 'expect' and 'voters'");
    return read;
  }

  /// The same for a member that is to found the groups alone.
  public RegistrySettings asSeed() {
    return new RegistrySettings(
        true,
        0,
        List.of(),
        votersMax,
        replaceAfter,
        electionTimeout,
        proposalTimeout,
        bootstrapTimeout,
        snapshotEvery,
        snapshotLogBytes);
  }

  private static List<Address> addresses(SettingsSection s) {
    List<String> texts =
        s.texts("voters", List.of(), "host:port of the members that found the groups together");
    try {
      return texts.stream().map(Address::parse).toList();
    } catch (IllegalArgumentException e) {
      throw s.wrong("voters", "host:port entries (" + e.getMessage() + ")");
    }
  }
}
