package io.muster.supervision;

import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsTree;
import io.muster.supervision.config.Keys;
import io.muster.supervision.config.Kinds;
import io.muster.supervision.config.PoolReader;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.config.Problems;
import io.muster.supervision.notify.NotifySettings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The branches `clusters` and `notifications`. Immutable.
///
/// @param pools by name, in the order of the file
/// @param notices who is told of what
public record SupervisionSettings(Map<String, PoolSettings> pools, NotifySettings notices) {
  public SupervisionSettings {
    pools = Collections.unmodifiableMap(new LinkedHashMap<>(pools));
  }

  /// Reads both.
  ///
  /// @throws MusterException `setting_invalid`, one problem a line
  public static SupervisionSettings read(
      Optional<SettingsTree> clusters, Optional<SettingsTree> notifications) {
    Map<String, PoolSettings> pools =
        clusters.map(tree -> PoolReader.read(tree, Kinds.installed())).orElse(Map.of());
    Problems problems = new Problems();
    SettingsTree.Branch branch =
        notifications
            .filter(SettingsTree.Branch.class::isInstance)
            .map(SettingsTree.Branch.class::cast)
            .orElse(new SettingsTree.Branch(Map.of(), "(no notifications)"));
    notifications
        .filter(tree -> !(tree instanceof SettingsTree.Branch))
        .ifPresent(tree -> problems.expected(tree.place(), "notifications", "keys", "none"));
    Keys keys = new Keys(branch, "notifications", problems);
    NotifySettings notices = NotifySettings.read(keys);
    keys.finish();
    problems.refuse();
    return new SupervisionSettings(pools, notices);
  }
}
