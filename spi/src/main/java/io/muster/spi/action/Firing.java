package io.muster.spi.action;

import io.muster.spi.store.JsonValue;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// One time that an action is asked for. Immutable.
///
/// @param eventId the same on all members for the same event, and for each repetition: who must not
///     do a thing twice remembers it
/// @param event what happened, such as `nodes.active`
/// @param cluster empty for events of the members themselves
/// @param addr the target it is about; empty where it is about none or many
/// @param variables what commands find in their environment
/// @param document the event as a whole, an object
/// @param attempt 1, then 2 for the first repetition, whoever repeats it
/// @param timeout how long it may take from now on
public record Firing(
    String eventId,
    String event,
    String cluster,
    String addr,
    Map<String, String> variables,
    JsonValue document,
    int attempt,
    Duration timeout) {
  public Firing {
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }
}
