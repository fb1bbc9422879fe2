package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.realtime.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `/v1/topics`.
@Timeout(60)
class TopicRoutesTest {
  @TempDir Path directory;
  private AdminFixture admin;

  @BeforeEach
  void start() {
    admin = new AdminFixture(directory);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private void ready() {
    admin
        .member
        .topics
        .start(admin.member.events, admin.member.lane)
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private static JsonNode next(BufferedReader in) throws IOException {
    for (String line; (line = in.readLine()) != null; ) {
      if (line.startsWith("data: ")) return Exchange.JSON.readTree(line.substring(6));
    }
    throw new AssertionError("the stream ended");
  }

  private BufferedReader listen(String query) throws Exception {
    HttpResponse<InputStream> answer = admin.stream("/v1/topics" + query);
    assertThat(answer.statusCode()).isEqualTo(200);
    return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  @Test
  void whatIsSentIsHeardByThoseWhoListen() throws Exception {
    ready();
    try (BufferedReader all = listen("");
        BufferedReader one = listen("?topic=/u")) {
      HttpResponse<String> sent = admin.send("POST", "/v1/topics?topic=/t", "{\"a\":\n1}");
      admin.send("POST", "/v1/topics?topic=/u", "2");
      admin.member.topics.told(Topics.SECURITY, "{\"x\":{}}".getBytes(StandardCharsets.UTF_8));

      assertThat(sent.statusCode()).isEqualTo(200);
      assertThat(sent.body()).isEqualTo("{\"topic\":\"/t\",\"origin\":\"a\"}");
      assertThat(next(all).toString())
          .isEqualTo("{\"topic\":\"/t\",\"payload\":{\"a\":1},\"local\":true,\"origin\":\"a\"}");
      assertThat(next(all).path("topic").asString()).isEqualTo("/u");
      assertThat(next(all).path("topic").asString()).isEqualTo("/security/dataChanged");
      assertThat(next(one).path("payload").asInt()).isEqualTo(2);
    }
  }

  @Test
  void itIsNotReadyBeforeTheMemberIs() throws Exception {
    HttpResponse<String> sent = admin.send("POST", "/v1/topics?topic=/t", "1");
    for (HttpResponse<String> answer : List.of(sent, admin.get("/v1/topics"))) {
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(AdminFixture.json(answer).path("name").asString())
          .isEqualTo("replicator_not_ready");
    }
  }

  @Test
  void whatCannotBeSentIsRefused() throws Exception {
    ready();

    assertThat(admin.send("POST", "/v1/topics", "1").statusCode()).isEqualTo(400);
    assertThat(admin.send("POST", "/v1/topics?topic=/t", "{").body()).contains("topic_invalid");
    assertThat(admin.send("POST", "/v1/topics?topic=" + Topics.SECURITY, "1").body())
        .contains("topic_invalid")
        .contains("the cluster's own");
  }

  @Test
  void theStreamEndsWithTheMember() throws Exception {
    ready();
    try (BufferedReader all = listen("")) {
      assertThat(all.readLine()).isEqualTo(": watching");
      admin.server.drain();

      String last = "";
      for (String line; (line = all.readLine()) != null; ) if (!line.isEmpty()) last = line;
      assertThat(last).isEqualTo(": the member stops");
    }
  }
}
