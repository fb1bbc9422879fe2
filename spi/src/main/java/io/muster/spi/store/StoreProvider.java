package io.muster.spi.store;

import io.muster.spi.ProviderSettings;

/// A kind of store, found with [java.util.ServiceLoader]: a class with a public constructor without
/// parameters, named in `META-INF/services/io.muster.spi.store.StoreProvider` of a jar on the class
/// path.
///
/// **Life.** One instance per process that looks for providers (`start`, `validate`, `config
/// export`); most instances are asked for their name only. The constructor and [#name] must do
/// nothing else: no thread, no connection, no class of an engine loaded.
public interface StoreProvider {
  /// What users write under `store.provider`: small letters, digits and `-`, a letter first. The
  /// same always; two providers of one name are refused.
  String name();

  /// Reads the keys of `store` beside `provider`, and opens nothing: `muster validate` calls it on
  /// a machine that may have no way to the store.
  ///
  /// @return what was read, for one member
  /// @throws RuntimeException of [ProviderSettings#wrong] when the settings contradict each other
  StoreSetup read(ProviderSettings settings);
}
