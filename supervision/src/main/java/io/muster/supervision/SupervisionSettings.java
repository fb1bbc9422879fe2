package io.muster.supervision;

import io.muster.supervision.config.PoolSettings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The branch `clusters`. Immutable.
///
/// @param pools by name, in the order of the file
public record SupervisionSettings(Map<String, PoolSettings> pools) {
  public static final SupervisionSettings NONE = new SupervisionSettings(Map.of());

  public SupervisionSettings {
    pools = Collections.unmodifiableMap(new LinkedHashMap<>(pools));
  }
}
