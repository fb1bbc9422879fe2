package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionException;

/// `/v1/gate` and `/v1/health`.
final class DoorRoutes {
  private final AdminFaces faces;

  DoorRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/gate", x -> x.json(200, door().view())),
        Route.guarded("POST", "/v1/gate", this::open),
        Route.guarded("GET", "/v1/health", this::health, "format"));
  }

  private Door door() {
    return faces
        .door()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "this member has not started yet"));
  }

  private void open(Exchange x) throws IOException {
    try {
      x.json(200, door().open().join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof MusterException m) throw m;
      throw e;
    }
  }

  private void health(Exchange x) throws IOException {
    String format = x.query("format").orElse("newer");
    if (!format.equals("older") && !format.equals("newer")) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "format: expected older or newer, found '" + format + "'");
    }
    x.json(200, door().health(format.equals("older")));
  }
}
