package io.muster.supervision.check;

import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import java.time.Duration;

/// `ttl`: the service reports itself, and is critical when it has not for too long.
public final class TtlProvider implements CheckProvider {
  @Override
  public String name() {
    return "ttl";
  }

  @Override
  public CheckSetup read(ProviderSettings settings) {
    return new TtlSetup(
        settings.duration(
            "ttl",
            Duration.ofSeconds(30),
            Duration.ofMillis(100),
            Duration.ofDays(366),
            "How long a report holds; without another one the target is critical."));
  }
}
