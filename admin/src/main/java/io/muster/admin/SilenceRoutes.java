package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.supervision.Supervision;
import io.muster.supervision.notify.Silence;
import io.muster.supervision.notify.SinkView;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `/v1/notifications`: who is told of what happens to services; `/v1/silences/<id>`: what they are
/// not told for a while.
final class SilenceRoutes {
  private static final List<String> KEYS =
      List.of("cluster", "node", "event", "until", "by", "reason");
  private final AdminFaces faces;

  SilenceRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/notifications", this::all),
        Route.guarded("PUT", "/v1/silences/{id}", this::put),
        Route.guarded("DELETE", "/v1/silences/{id}", this::remove));
  }

  private Supervision supervision() {
    return ClusterRoutes.supervision(faces);
  }

  private void all(Exchange x) throws IOException {
    x.json(
        200,
        Map.of(
            "sinks",
            supervision().sinks().stream().map(SilenceRoutes::view).toList(),
            "silences",
            supervision().silences().stream().map(SilenceRoutes::view).toList()));
  }

  private void put(Exchange x) throws IOException {
    Silence silence = silence(x.rest(), x.body());
    Waiting.on(supervision().silence(silence));
    x.json(200, view(silence));
  }

  private static Silence silence(String id, byte[] body) {
    JsonNode asked;
    try {
      asked = Exchange.JSON.readTree(body);
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "expected JSON: " + e.getOriginalMessage(), e);
    }
    for (var p : asked.properties()) {
      if (!KEYS.contains(p.getKey()) || !p.getValue().isString()) {
        throw new MusterException(
            ErrorCode.BAD_REQUEST,
            p.getKey() + ": a silence has the texts " + String.join(", ", KEYS));
      }
    }
    try {
      return new Silence(
          id,
          asked.path("cluster").asString("*"),
          asked.path("node").asString("*"),
          asked.path("event").asString("*"),
          Instant.parse(asked.path("until").asString("")),
          asked.path("by").asString(""),
          asked.path("reason").asString(""));
    } catch (DateTimeException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "until: expected a time such as 2027-01-31T12:00:00Z", e);
    } catch (IllegalArgumentException e) {
      throw new MusterException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  private void remove(Exchange x) throws IOException {
    boolean there = supervision().silences().stream().anyMatch(s -> s.id().equals(x.rest()));
    Waiting.on(supervision().unsilence(x.rest()));
    x.json(200, Map.of("removed", there ? 1 : 0));
  }

  private static Map<String, Object> view(Silence s) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("id", s.id());
    v.put("cluster", s.cluster());
    v.put("node", s.subject());
    v.put("event", s.event());
    v.put("until", s.until().toString());
    v.put("by", s.by());
    v.put("reason", s.reason());
    return v;
  }

  private static Map<String, Object> view(SinkView s) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("name", s.name());
    v.put("type", s.type());
    v.put("severity", s.severity());
    v.put("waiting", s.waiting());
    v.put("sent", s.sent());
    v.put("failed", s.failed());
    v.put("dropped", s.dropped());
    v.put("last_error", s.lastError());
    return v;
  }
}
