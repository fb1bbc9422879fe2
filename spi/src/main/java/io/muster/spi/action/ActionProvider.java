package io.muster.spi.action;

import io.muster.spi.ProviderSettings;

/// A kind of action, found with [java.util.ServiceLoader]: a class with a public constructor
/// without parameters, named in `META-INF/services/io.muster.spi.action.ActionProvider` of a jar on
/// the class path. The constructor and [#name] must do nothing else.
///
/// Users write `{type: class, class: NAME}`, with its name or that of its class, or `{type: NAME}`.
public interface ActionProvider {
  /// Small letters, digits and `-`, a letter first; none of `shell`, `http`, `notify`, `publish`,
  /// `class`, `function`.
  String name();

  /// Reads the keys of one entry of `do` beside `type` and `class`, and touches nothing.
  ///
  /// @throws RuntimeException of [ProviderSettings#wrong] when the keys contradict each other
  ActionSetup read(ProviderSettings settings);
}
