package io.muster.plugins.balancer.nginx;

import io.muster.contract.BalancerContract;
import io.muster.spi.balance.BalancerProvider;
import io.muster.testing.Ports;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

class NginxContractTest extends BalancerContract {
  @Override
  protected BalancerProvider provider() {
    return new NginxProvider();
  }

  @Override
  protected Map<String, String> keys() throws IOException {
    Nginx.prepare(directory(), Ports.free());
    return Map.of(
        "upstream_conf_path", "upstream.conf",
        "upstream_name", "pool",
        "nginx_conf_path", "nginx.conf",
        "start", "true",
        "step_timeout", "60000");
  }

  @Override
  protected boolean real() {
    return Nginx.here();
  }

  @AfterEach
  void end() throws IOException {
    Nginx.end(directory());
  }
}
