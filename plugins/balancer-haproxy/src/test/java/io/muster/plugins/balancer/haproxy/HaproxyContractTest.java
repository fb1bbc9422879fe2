package io.muster.plugins.balancer.haproxy;

import io.muster.contract.BalancerContract;
import io.muster.spi.balance.BalancerProvider;
import io.muster.testing.Ports;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

/// A process of Muster's own.
class HaproxyContractTest extends BalancerContract {
  @Override
  protected BalancerProvider provider() {
    return new HaproxyProvider();
  }

  @Override
  protected Map<String, String> keys() {
    return Map.of("listen", "127.0.0.1:" + Ports.free(), "mode", "http", "step_timeout", "60000");
  }

  @Override
  protected boolean real() {
    return Haproxy.here();
  }

  @AfterEach
  void end() throws IOException {
    Haproxy.endAll(directory());
  }
}
