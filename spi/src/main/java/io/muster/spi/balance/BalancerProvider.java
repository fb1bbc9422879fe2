package io.muster.spi.balance;

import io.muster.spi.ProviderSettings;

/// A kind of balancer, found with [java.util.ServiceLoader]: a class with a public constructor
/// without parameters, named in `META-INF/services/io.muster.spi.balance.BalancerProvider` of a jar
/// on the class path. The constructor and [#name] must do nothing else.
public interface BalancerProvider {
  /// What users write as `type` of a balancer: small letters, digits and `-`, a letter first.
  String name();

  /// Reads the keys of one entry of `balancers` beside those that mean the same for all kinds
  /// (`type`, `on_empty`, `coalesce`), and touches nothing.
  ///
  /// @throws RuntimeException of [ProviderSettings#wrong] when the keys contradict each other
  BalancerSetup read(ProviderSettings settings);
}
