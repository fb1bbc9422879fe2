package io.muster.plugins.balancer.envoy;

import io.muster.spi.ProviderSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;

/// The kind `envoy`. Loaded by its name in `META-INF/services`.
public final class EnvoyProvider implements BalancerProvider {
  @Override
  public String name() {
    return "envoy";
  }

  @Override
  public BalancerSetup read(ProviderSettings s) {
    EnvoySettings settings = EnvoySettings.read(s);
    return new BalancerSetup() {
      @Override
      public OnEmpty onEmpty() {
        return OnEmpty.REMOVE;
      }

      @Override
      public Balancer open(Place place) {
        return new EnvoyBalancer(settings, place);
      }
    };
  }
}
