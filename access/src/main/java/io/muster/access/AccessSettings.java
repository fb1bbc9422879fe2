package io.muster.access;

import io.muster.kernel.ClusterSetting;
import io.muster.kernel.Secret;
import io.muster.kernel.SettingShape;
import io.muster.kernel.SettingsSection;
import java.util.Optional;

/// The `security` branch.
///
/// @param adminPassword of the user `_ADMIN`, used when the cluster is founded
/// @param iterations PBKDF2 rounds of new password hashes
public record AccessSettings(boolean secure, Optional<Secret> adminPassword, int iterations) {
  /// What the npm server uses when nobody says otherwise; legal on loopback only.
  public static final Secret SAMPLE = new Secret("happn");

  /// The same on all members: on one without it strangers would read what the others guard.
  public static final ClusterSetting<Boolean> SECURE =
      new ClusterSetting<>(
          "security.secure",
          SettingShape.flag(),
          false,
          ClusterSetting.Change.NEVER,
          "whether clients must log in");

  public static AccessSettings read(SettingsSection s) {
    return new AccessSettings(
        s.own(SECURE),
        s.secret("admin_password", "password of the user _ADMIN when the cluster is founded"),
        s.integer(
            "pbkdf2_iterations", 120_000, 10_000, 5_000_000, "rounds of new password hashes"));
  }
}
