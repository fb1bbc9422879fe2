package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What sessions do: `/v1/activity` and `/v1/listeners`, for `muster session activity` and
/// `listeners`.
final class SessionRoutes {
  private final AdminFaces faces;

  SessionRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/activity", this::activity, "user", "limit"),
        Route.guarded("GET", "/v1/listeners", this::listeners, "session"));
  }

  private Sessions sessions() {
    return faces
        .sessions()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "sessions are not known here yet"));
  }

  private void activity(Exchange x) throws IOException {
    int limit = x.query("limit").map(UserRoutes::limit).orElse(UserRoutes.SESSIONS);
    Sessions.Acts found = sessions().activity(x.query("user").orElse("*"), limit);
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Sessions.Done d : found.activity()) {
      if (rows.size() == limit) break;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("session", d.activity().session());
      row.put("username", d.activity().username());
      row.put("member", d.member());
      row.put("action", d.activity().action());
      row.put("path", d.activity().path());
      row.put("authorized", d.activity().authorized());
      row.put("reason", d.activity().reason());
      row.put("at", d.activity().at());
      rows.add(row);
    }
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("activity", rows);
    v.put("total", found.total());
    v.put("unanswered", found.unanswered());
    v.put("silent", found.silent());
    x.json(200, v);
  }

  private void listeners(Exchange x) throws IOException {
    String session =
        x.query("session")
            .filter(s -> !s.isBlank())
            .orElseThrow(
                () -> new MusterException(ErrorCode.BAD_REQUEST, "query: expected session=…"));
    Sessions.Ears ears =
        sessions().listening(session).orElseThrow(() -> UserRoutes.noSession(session));
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("session", session);
    v.put("member", ears.member());
    v.put("listeners", ears.listening());
    x.json(200, v);
  }
}
