package io.muster.node;

import io.muster.kernel.SettingsSection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// When clients may come, and what is reported of that: keys of `cluster`, `gateway` and
/// `observability`.
///
/// @param minimum members wanted here per service, this member counting for its own
/// @param stabiliseTimeout start fails when it takes longer; zero waits for ever
/// @param stableReport time between reports of what is waited for
/// @param defer whether the clients' ports stay closed until somebody asks for them
/// @param report in whose words health is logged
/// @param healthInterval time between looks at health; only changes are logged
/// @param warmup how long after the start missing members are no warning
public record DoorSettings(
    Map<String, Integer> minimum,
    Duration stabiliseTimeout,
    Duration stableReport,
    boolean defer,
    Report report,
    Duration healthInterval,
    Duration warmup) {
  /// The form of health reports: those of happn-cluster, older or newer generation.
  public enum Report {
    OLDER,
    NEWER,
    NONE
  }

  public DoorSettings {
    minimum = Map.copyOf(minimum);
  }

  static DoorSettings read(
      SettingsSection cluster,
      SettingsSection gateway,
      SettingsSection observability,
      String service,
      MusterSettings.Cluster read) {
    Duration day = Duration.ofDays(1);
    Duration tenth = Duration.ofMillis(100);
    return new DoorSettings(
        minimum(cluster, service, read.minimumMembers()),
        read.stabiliseTimeout(),
        cluster.duration(
            "stable_report_interval",
            Duration.ofSeconds(5),
            tenth,
            day,
            "time between reports of what is waited for at the start"),
        gateway.flag("defer", false, "keep the clients' ports closed until 'muster open'"),
        observability.choice(
            "health",
            Report.class,
            Report.NEWER,
            "whose words health is logged in: happn-cluster's older or newer ones, or none"),
        observability.duration(
            "health_interval",
            Duration.ofSeconds(10),
            tenth,
            day,
            "time between looks at health; only changes are logged"),
        observability.duration(
            "warmup_limit",
            Duration.ofMinutes(2),
            Duration.ZERO,
            day,
            "how long after the start missing members are no warning"));
  }

  private static Map<String, Integer> minimum(SettingsSection c, String own, int ownMinimum) {
    Map<String, Integer> all = new LinkedHashMap<>();
    c.textMap("services", "members wanted per service before clients may come, this one included")
        .forEach((service, text) -> all.put(service, count(c, service, text)));
    if (all.containsKey(own) && c.has("minimum_members")) {
      throw c.wrong("minimum_members", "only one of minimum_members and services." + own);
    }
    all.putIfAbsent(own, ownMinimum);
    return all;
  }

  private static int count(SettingsSection c, String service, String text) {
    if (!text.matches("\\d{1,4}") || Integer.parseInt(text) < 1) {
      throw c.wrong(
          "services", "1 to 9999 members of service " + service + ", found '" + text + "'");
    }
    return Integer.parseInt(text);
  }
}
