package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What a member knows of its recent past: `/v1/peers`, `/v1/rates`, `/v1/logs`, `/v1/audit`.
final class InsightRoutes {
  private final AdminFaces faces;
  private final Rates rates;
  private final Audit audit;

  InsightRoutes(AdminFaces faces, Rates rates, Audit audit) {
    this.faces = faces;
    this.rates = rates;
    this.audit = audit;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded(
            "GET", "/v1/peers", x -> x.json(200, Map.of("peers", LiveTopics.links(faces)))),
        Route.guarded("GET", "/v1/rates", this::rates),
        Route.guarded(
            "GET", "/v1/logs", x -> x.json(200, Map.of("lines", faces.logs().all().values()))),
        Route.guarded("GET", "/v1/audit", this::audit, "limit", "by", "what"));
  }

  private void rates(Exchange x) throws IOException {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("everySeconds", Rates.EVERY_SECONDS);
    v.put("samples", rates.all().values());
    x.json(200, v);
  }

  /// The newest first.
  private void audit(Exchange x) throws IOException {
    String by = x.query("by").orElse("");
    String what = x.query("what").orElse("");
    int limit = limit(x);
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode e : List.copyOf(audit.all().values()).reversed()) {
      if (found.size() == limit) break;
      if (!by.isEmpty() && !e.path("by").asString().equals(by)) continue;
      if (e.path("what").asString().contains(what)) found.add(e);
    }
    x.json(200, Map.of("entries", found));
  }

  private static int limit(Exchange x) {
    String text = x.query("limit").orElse("100");
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= Audit.ENTRIES_MAX) return limit;
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new MusterException(
        ErrorCode.BAD_REQUEST,
        "limit: expected 1 to " + Audit.ENTRIES_MAX + ", found '" + text + "'");
  }
}
