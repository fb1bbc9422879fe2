package io.muster.supervision.trigger;

import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Events and firings for tests.
final class Firings {
  private Firings() {}

  static Occurrence active(long index, String origin) {
    return occurrence("e" + index, Event.NODES_ACTIVE, index, origin);
  }

  static Occurrence occurrence(String id, Event event, long index, String origin) {
    return new Occurrence(
        id,
        event,
        "c",
        "10.0.0.1:6379",
        "passing",
        "critical",
        List.of("10.0.0.1:6379", "10.0.0.2:6379"),
        List.of("10.0.0.1:6379", "10.0.0.2:6379", "10.0.0.3:6379"),
        List.of("10.0.0.1:6379"),
        List.of(),
        JsonValue.NULL,
        3,
        index,
        Instant.parse("2026-01-02T03:04:05Z"),
        "2 of 3 say passing",
        origin);
  }

  static Firing firing(Duration timeout, Map<String, String> variables) {
    Occurrence o = active(7, "a");
    return new Firing(o.id(), o.event().text(), "c", o.addr(), variables, o.document(), 1, timeout);
  }
}
