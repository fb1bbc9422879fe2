package io.muster.spi.auth;

import io.muster.spi.ProviderSettings;

/// A kind of authentication, found with [java.util.ServiceLoader]: a class with a public
/// constructor without parameters, named in `META-INF/services/io.muster.spi.auth.AuthProvider` of
/// a jar on the class path.
///
/// **Life.** One instance per process that looks for providers (`start`, `validate`, `config
/// export`); most instances are asked for their name only. The constructor and [#name] must do
/// nothing else: no thread, no connection.
public interface AuthProvider {
  /// What users write under `security.auth_providers.NAME.provider`: small letters, digits and `-`,
  /// a letter first. The same always; two providers of one name are refused, and so is `happn`,
  /// which is Muster's own.
  String name();

  /// Reads the keys of one branch of `security.auth_providers`, beside those that mean the same for
  /// all providers (`provider`, `create_users`, `groups`, `group_map`, `timeout`, `logins_max`,
  /// `queue_max`), and opens nothing: `muster validate` calls it on a machine that may have no way
  /// to whoever knows the passwords. Called once for each branch that names the provider.
  ///
  /// @return what was read, for one member
  /// @throws RuntimeException of [ProviderSettings#wrong] when the settings contradict each other
  AuthSetup read(ProviderSettings settings);
}
