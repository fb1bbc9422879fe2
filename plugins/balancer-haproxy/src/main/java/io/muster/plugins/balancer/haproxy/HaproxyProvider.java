package io.muster.plugins.balancer.haproxy;

import io.muster.spi.ProviderSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;

/// The kind `haproxy`. Loaded by its name in `META-INF/services`.
public final class HaproxyProvider implements BalancerProvider {
  @Override
  public String name() {
    return "haproxy";
  }

  @Override
  public BalancerSetup read(ProviderSettings s) {
    HaproxySettings settings = HaproxySettings.read(s);
    return new BalancerSetup() {
      @Override
      public OnEmpty onEmpty() {
        return OnEmpty.REMOVE;
      }

      @Override
      public Balancer open(Place place) {
        return new HaproxyBalancer(settings, place);
      }
    };
  }
}
