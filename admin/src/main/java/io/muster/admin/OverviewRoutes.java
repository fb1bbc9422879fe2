package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.List;

/// `/v1/top`, `/v1/explain/member/…` and `/v1/explain/readiness`.
final class OverviewRoutes {
  private final AdminFaces faces;

  OverviewRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/top", x -> x.json(200, overviews().top())),
        Route.guarded("GET", "/v1/explain/readiness", x -> x.json(200, Readiness.of(faces))),
        Route.guarded(
            "GET", "/v1/explain/member/{name}", x -> x.json(200, overviews().explain(x.rest()))));
  }

  private Overviews overviews() {
    return faces
        .overviews()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "this member has not started yet"));
  }
}
