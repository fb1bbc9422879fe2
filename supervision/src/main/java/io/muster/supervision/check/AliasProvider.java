package io.muster.supervision.check;

import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import java.util.Optional;

/// `alias`: a target is as well as another one.
public final class AliasProvider implements CheckProvider {
  @Override
  public String name() {
    return "alias";
  }

  @Override
  public CheckSetup read(ProviderSettings settings) {
    Optional<String> cluster =
        settings.optionalText("cluster", "Where the other target is; empty: in the same cluster.");
    Optional<String> addr =
        settings.optionalText(
            "addr", "The other target's address or id; empty: the same as this one's.");
    if (cluster.isEmpty() && addr.isEmpty()) {
      throw settings.wrong("cluster", "a cluster, or an addr: a target cannot follow itself");
    }
    return new AliasSetup(cluster, addr);
  }
}
