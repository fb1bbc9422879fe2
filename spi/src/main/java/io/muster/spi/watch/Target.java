package io.muster.spi.watch;

import io.muster.spi.store.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// One instance of a service that is watched; as a plugin sees it. Immutable.
///
/// @param cluster name of the pool it is in
/// @param addr its identity in the pool, the canonical text of the endpoint unless it has an `id`
/// @param endpoint where it is reached
/// @param attributes what its definition says beside the address, such as `weight`; free names
public record Target(
    String cluster, String addr, Endpoint endpoint, Map<String, JsonValue> attributes) {
  public Target {
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }
}
