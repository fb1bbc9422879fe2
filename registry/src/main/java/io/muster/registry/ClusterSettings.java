package io.muster.registry;

import io.muster.kernel.ClusterSetting;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The settings that the cluster holds for all its members. Safe on any thread; never blocks.
///
/// Futures fail with a `MusterException`: `not_found` where no setting has the name, `no_quorum`
/// when the registry does not answer.
public interface ClusterSettings {
  /// All settings by name; sees every change acknowledged before.
  CompletableFuture<List<View>> all();

  /// One setting; sees every change acknowledged before.
  CompletableFuture<View> get(String name);

  /// Changes a setting. Repeating is harmless.
  ///
  /// @return the setting as it is now; what it changes has happened on this member, and happens on
  ///     the others as soon as they learn of it. Fails with `setting_invalid` when the value is
  ///     none or out of range, with `cluster_setting_fixed` when nobody may change it, and with
  ///     `link_timeout` when nobody knows whether it was changed
  CompletableFuture<View> set(String name, String value);

  /// Takes a setting back: each member goes by its own configuration again. Repeating is harmless.
  ///
  /// @return as [#set]
  CompletableFuture<View> unset(String name);

  /// A setting as one member sees it; values as they are written in settings.
  ///
  /// @param cluster what the cluster holds, if anything
  /// @param own what this member is configured with, which holds where the cluster has nothing
  record View(ClusterSetting<?> setting, Optional<String> cluster, String own) {
    /// What holds.
    public String value() {
      return cluster.orElse(own);
    }
  }
}
