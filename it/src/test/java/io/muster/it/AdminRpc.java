package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `POST /rpc` of one member, as a program that administers it would use it.
record AdminRpc(MemberProcess at) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /// The whole answer.
  JsonNode answer(String method, Object... params) throws Exception {
    String body =
        HappnClients.JSON.writeValueAsString(
            Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params)));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(at.adminUrl() + "/rpc"))
            .timeout(Duration.ofSeconds(30))
            .header(
                "Authorization",
                "Bearer " + Files.readString(at.directory.resolve("data/admin.token")).strip())
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HappnClients.JSON.readTree(
        HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  /// The result of a call that has to succeed.
  JsonNode call(String method, Object... params) throws Exception {
    JsonNode answer = answer(method, params);
    assertThat(answer.has("result")).as(answer.toString()).isTrue();
    return answer.path("result");
  }
}
