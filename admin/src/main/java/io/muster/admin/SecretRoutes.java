package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.List;

/// `/v1/secret`: which secrets members hold, and how they are replaced.
final class SecretRoutes {
  private final AdminFaces faces;

  SecretRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/secret", x -> x.json(200, secrets().status())),
        Route.guarded("POST", "/v1/secret", x -> x.json(200, secrets().rotate())),
        Route.guarded("POST", "/v1/secret/reload", x -> x.json(200, secrets().reload())));
  }

  private Secrets secrets() {
    return faces
        .secrets()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "this member has not started yet"));
  }
}
