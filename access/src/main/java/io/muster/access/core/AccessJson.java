package io.muster.access.core;

import com.fasterxml.jackson.annotation.JsonInclude;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The one JSON mapper of this module: records to JSON and back, without members that are null.
public final class AccessJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .changeDefaultPropertyInclusion(i -> i.withValueInclusion(JsonInclude.Include.NON_NULL))
          .build();

  private AccessJson() {}

  public static byte[] write(Object value) {
    return JSON.writeValueAsBytes(value);
  }

  /// @throws tools.jackson.core.JacksonException when it is no JSON of that shape
  public static <T> T read(byte[] json, Class<T> type) {
    return JSON.readValue(json, type);
  }

  public static JsonNode tree(byte[] json) {
    return JSON.readTree(json);
  }

  public static JsonMapper mapper() {
    return JSON;
  }
}
