package io.muster.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A plain HTTP answer.
public record HttpAnswer(int status, String contentType, byte[] body, Map<String, String> headers) {
  public static HttpAnswer text(int status, String body) {
    return new HttpAnswer(
        status, "text/plain; charset=utf-8", body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  public static HttpAnswer json(int status, byte[] body) {
    return new HttpAnswer(status, "application/json; charset=utf-8", body, Map.of());
  }
}
