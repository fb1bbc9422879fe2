package io.muster.spi.check;

import io.muster.spi.ProviderSettings;

/// A kind of health check, found with [java.util.ServiceLoader]: a class with a public constructor
/// without parameters, named in `META-INF/services/io.muster.spi.check.CheckProvider` of a jar on
/// the class path.
///
/// **Life.** One instance per process that looks for providers (`start`, `validate`); most are
/// asked for their name only. The constructor and [#name] must do nothing else.
public interface CheckProvider {
  /// What users write as `type` of a health check: small letters, digits and `-`, a letter first.
  /// A kind that belongs to one type of cluster is named `<type>-<kind>`; there `kind` is enough:
  /// `basic` in a cluster of type `redis` is `redis-basic`.
  String name();

  /// Reads the keys of one entry of `health_checks` beside those that mean the same for all kinds
  /// (`type`, `id`, `name`, `every`, `interval`, `timeout`, `rise`, `fall`, `initial_delay`,
  /// `jitter`, `severity`, `interval_after_fail`, `wait_after_fail`), and opens nothing.
  ///
  /// @throws RuntimeException of [ProviderSettings#wrong] when the keys contradict each other
  CheckSetup read(ProviderSettings settings);
}
