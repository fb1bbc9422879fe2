package io.muster.realtime;

import io.muster.kernel.ClusterSetting;
import io.muster.kernel.SettingShape;
import io.muster.kernel.SettingsSection;
import io.muster.realtime.core.HistoryRules;
import io.muster.realtime.core.Masks;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The `realtime` branch.
///
/// @param repairBytesMax what is kept per peer to repair gaps; beyond it the oldest is given up,
///     counted as lost if the peer turns out to need it
/// @param interestTimeout how long a new subscription waits for members that do not confirm it
/// @param topicCache how many topics keep their matches ready
/// @param laneBytesMax publications that may wait for one lane; beyond it publishers here wait
///     before their next one, and members elsewhere keep theirs and send them again
/// @param acknowledgeTimeout how long recipients have to confirm publications that ask for it
/// @param replicate patterns of what leaves the member it was published on, as they were given
/// @param history what is kept for clients that come back; the first rule that meets a path counts
/// @param historyBytesMax what all of it may take
public record RealtimeSettings(
    long repairBytesMax,
    Duration interestTimeout,
    int topicCache,
    long laneBytesMax,
    Duration acknowledgeTimeout,
    List<String> replicate,
    List<HistoryRule> history,
    long historyBytesMax) {
  /// What members keep; the same on all, since a client may come back to any.
  public static final ClusterSetting<List<HistoryRule>> HISTORY =
      new ClusterSetting<>(
          "realtime.history",
          new SettingShape<>(HistoryRules.RANGE, HistoryRules::parse, HistoryRules::text),
          List.of(),
          ClusterSetting.Change.AT_START,
          HistoryRules.MEANING);

  private static final String KEY = "replicate";
  private static final String MEANING =
      "patterns of what is told to other members; /a/* is one level, /a/** all";

  /// What leaves a member, reduced; the same on all of them, since a publisher cannot know on
  /// which member its listeners are.
  public static final ClusterSetting<List<String>> REPLICATE =
      new ClusterSetting<>(
          "realtime.replicate",
          new SettingShape<>(
              "patterns of subscriptions, with commas between them, such as /a/*,/b/**",
              RealtimeSettings::masks,
              all -> String.join(",", all)),
          Masks.ALL.patterns(),
          ClusterSetting.Change.AT_START,
          MEANING);

  public RealtimeSettings {
    replicate = List.copyOf(replicate);
    history = List.copyOf(history);
  }

  private static @Nullable List<String> masks(String text) {
    List<String> all =
        Arrays.stream(text.split(",")).map(String::strip).filter(m -> !m.isEmpty()).toList();
    if (!all.stream().map(Masks::objection).allMatch(Objects::isNull)) return null;
    return Masks.of(all).patterns();
  }

  /// What leaves a member.
  public Masks masks() {
    return Masks.of(replicate);
  }

  private static List<String> replicate(SettingsSection s) {
    List<String> given = s.texts(KEY, Masks.ALL.patterns(), MEANING);
    for (String mask : given) {
      String why = Masks.objection(mask);
      if (why != null) throw s.wrong(KEY, "patterns of subscriptions; " + why);
    }
    return given;
  }

  private static List<HistoryRule> history(SettingsSection s, Masks masks) {
    String given = s.json("history", HistoryRules.RANGE, HistoryRules.MEANING).orElse("[]");
    List<HistoryRule> rules = HistoryRules.parse(given);
    if (rules == null) throw s.wrong("history", HistoryRules.RANGE + ", found " + given);
    for (HistoryRule r : rules) {
      if (masks.cover(r.path(), Masks.DEPTH)) continue;
      throw s.wrong("history", "paths that realtime.replicate tells to all, found " + r.path());
    }
    return rules;
  }

  public static RealtimeSettings read(SettingsSection s) {
    List<String> replicate = replicate(s);
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
            "how long recipients have to confirm what is published with consistency 3"),
        replicate,
        history(s, Masks.of(replicate)),
        s.bytes(
            "history_bytes_max",
            64 << 20,
            1 << 16,
            1L << 36,
            "what is kept for clients that come back may take"));
  }
}
