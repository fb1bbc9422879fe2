package io.muster.plugins.check.redis;

import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import java.util.ArrayList;
import java.util.List;

/// `redis-info`: what a server tells of itself is as it should be, and is learned.
public final class RedisInfoProvider implements CheckProvider {
  @Override
  public String name() {
    return "redis-info";
  }

  @Override
  public CheckSetup read(ProviderSettings s) {
    List<Assertion> assertions = new ArrayList<>();
    for (String text : s.texts("assert", List.of(), "What must hold: role == master.")) {
      assertions.add(
          Assertion.parse(text)
              .orElseThrow(
                  () ->
                      s.wrong(
                          "assert[" + assertions.size() + "]",
                          Assertion.EXPECTED + "; found: " + text)));
    }
    return new InfoSetup(assertions, RedisLogin.read(s));
  }
}
