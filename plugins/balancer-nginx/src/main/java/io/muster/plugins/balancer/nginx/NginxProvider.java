package io.muster.plugins.balancer.nginx;

import io.muster.spi.ProviderSettings;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;

/// The kind `nginx`. Loaded by its name in `META-INF/services`.
public final class NginxProvider implements BalancerProvider {
  @Override
  public String name() {
    return "nginx";
  }

  @Override
  public BalancerSetup read(ProviderSettings s) {
    NginxSettings settings = NginxSettings.read(s);
    return new BalancerSetup() {
      @Override
      public OnEmpty onEmpty() {
        return OnEmpty.KEEP;
      }

      @Override
      public Balancer open(Place place) {
        return new NginxBalancer(settings, place);
      }
    };
  }
}
