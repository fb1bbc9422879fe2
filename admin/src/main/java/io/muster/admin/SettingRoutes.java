package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.ClusterSettings;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `/v1/settings` and `/v1/settings/<name>`: GET, PUT, DELETE, for the `muster settings` commands.
final class SettingRoutes {
  private static final Logger log = LoggerFactory.getLogger(SettingRoutes.class);
  private final AdminFaces faces;

  SettingRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  private ClusterSettings settings() {
    return faces
        .settings()
        .orElseThrow(
            () ->
                new MusterException(
                    ErrorCode.NOT_STARTED, "the registry has not started here yet"));
  }

  void all(Exchange x) throws IOException {
    x.json(
        200,
        Map.of("settings", Waiting.on(settings().all()).stream().map(Views::setting).toList()));
  }

  void get(Exchange x) throws IOException {
    x.json(200, Views.setting(Waiting.on(settings().get(x.rest()))));
  }

  void put(Exchange x) throws IOException {
    String before = Waiting.on(settings().get(x.rest())).value();
    ClusterSettings.View now = Waiting.on(settings().set(x.rest(), value(x)));
    x.changed(before, now.value());
    log.info("cluster_setting_set name={} value={} by=admin", x.rest(), now.value());
    x.json(200, Views.setting(now));
  }

  void remove(Exchange x) throws IOException {
    String before = Waiting.on(settings().get(x.rest())).value();
    ClusterSettings.View now = Waiting.on(settings().unset(x.rest()));
    x.changed(before, now.value());
    log.info("cluster_setting_unset name={} by=admin", x.rest());
    x.json(200, Views.setting(now));
  }

  /// The body is an object with the value alone, so that what is added later finds a place.
  private static String value(Exchange x) throws IOException {
    JsonNode body;
    try {
      body = Exchange.JSON.readTree(x.body());
    } catch (JacksonException e) {
      throw wrong(e.getOriginalMessage(), e);
    }
    JsonNode value = body.path("value");
    if (body.size() != 1 || !(value.isString() || value.isNumber() || value.isBoolean())) {
      throw wrong("found " + (body.isMissingNode() ? "nothing" : body.toString()), null);
    }
    return value.asString();
  }

  private static MusterException wrong(String why, @Nullable Exception e) {
    return new MusterException(
        ErrorCode.BAD_REQUEST,
        "expected a body such as {\"value\":\"64MiB\"}, with a text, number or boolean: " + why,
        e);
  }
}
