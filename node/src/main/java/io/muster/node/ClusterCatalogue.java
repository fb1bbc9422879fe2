package io.muster.node;

import io.muster.access.AccessSettings;
import io.muster.gateway.Gateway;
import io.muster.gateway.GatewaySettings;
import io.muster.kernel.ClusterSetting;
import io.muster.kernel.Role;
import io.muster.kernel.SettingShape;
import io.muster.realtime.RealtimeSettings;
import io.muster.registry.Registry;
import io.muster.registry.RegistrySettings;
import io.muster.registry.driver.SharedSettings;
import io.muster.registry.driver.SharedSettings.Own;
import java.util.List;

/// All settings that the cluster holds for its members, and what each of them does here.
public final class ClusterCatalogue {
  /// Members start with what `MUSTER_LOG_LEVEL` says.
  public static final ClusterSetting<String> LOG_LEVEL =
      new ClusterSetting<>(
          "log.level",
          SettingShape.word("error", "warn", "info", "debug", "trace"),
          "info",
          ClusterSetting.Change.RUNNING,
          "how much members write to their logs");

  public static final List<ClusterSetting<?>> ALL =
      List.of(
          GatewaySettings.CONNECTIONS_MAX,
          GatewaySettings.QUEUE_BYTES_MAX,
          LOG_LEVEL,
          RegistrySettings.ELECTION_TIMEOUT,
          RealtimeSettings.REPLICATE,
          RealtimeSettings.HISTORY,
          AccessSettings.SECURE,
          AccessSettings.LOG_ACTIVITY);

  private ClusterCatalogue() {}

  /// What a member is configured with, for all settings.
  static List<Own<?>> own(MusterSettings settings, String logLevel) {
    return List.of(
        own(GatewaySettings.CONNECTIONS_MAX, settings.gateway().connectionsMax(), settings),
        own(GatewaySettings.QUEUE_BYTES_MAX, settings.gateway().queueBytesMax(), settings),
        own(LOG_LEVEL, logLevel, settings),
        own(RegistrySettings.ELECTION_TIMEOUT, settings.registry().electionTimeout(), settings),
        own(RealtimeSettings.REPLICATE, settings.realtime().masks().patterns(), settings),
        own(RealtimeSettings.HISTORY, settings.realtime().history(), settings),
        own(AccessSettings.SECURE, settings.security().secure(), settings),
        own(AccessSettings.LOG_ACTIVITY, settings.security().logActivity(), settings));
  }

  private static <T> Own<T> own(ClusterSetting<T> setting, T value, MusterSettings settings) {
    return new Own<>(setting, value, settings.place(setting.name()));
  }

  /// Makes sure that a member is configured as its cluster is, and has it do from now on what the
  /// cluster says. Blocks: call while the member starts, before anybody can notice it.
  ///
  /// @throws io.muster.kernel.MusterException `cluster_setting_mismatch`, `no_quorum`
  static SharedSettings join(Registry registry, MusterSettings settings, Gateway door) {
    SharedSettings shared = new SharedSettings(registry, own(settings, LogLevel.now()));
    shared.agree(AccessSettings.SECURE);
    shared.agree(RealtimeSettings.REPLICATE);
    shared.agree(RealtimeSettings.HISTORY);
    // Others never lead nor vote.
    if (settings.member().roles().contains(Role.CONTROL)) {
      shared.agree(RegistrySettings.ELECTION_TIMEOUT);
    }
    shared.follow(GatewaySettings.CONNECTIONS_MAX, door::connectionsMax);
    shared.follow(GatewaySettings.QUEUE_BYTES_MAX, door::queueBytesMax);
    shared.follow(LOG_LEVEL, LogLevel::set);
    return shared;
  }
}
