package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `GET /v1/events` as its readers see it.
@Timeout(60)
class EventStreamTest {
  @TempDir Path directory;
  private AdminFixture admin;
  private EventLog log;

  @BeforeEach
  void start() {
    admin =
        new AdminFixture(directory, AdminSettings.Auth.TOKEN, 3, 1 << 20, Duration.ofMillis(100));
    log = admin.member.happened;
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private record Event(String name, JsonNode data) {}

  /// A stream from the outside, from its first comment on.
  private static final class Reader implements AutoCloseable {
    private final BufferedReader in;

    Reader(HttpResponse<InputStream> answer) throws IOException {
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
      in = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
      assertThat(in.readLine()).startsWith("id: ");
      assertThat(in.readLine()).isEqualTo(": watching");
    }

    /// The next event, comments left out; null at the end.
    Event next() throws IOException {
      String name = "";
      String data = "";
      while (true) {
        String line = in.readLine();
        if (line == null) return null;
        if (line.startsWith("event: ")) name = line.substring(7);
        else if (line.startsWith("data: ")) data += line.substring(6);
        else if (line.isEmpty() && !name.isEmpty()) {
          return new Event(name, Exchange.JSON.readTree(data));
        }
      }
    }

    String comment() throws IOException {
      for (String line; (line = in.readLine()) != null; ) if (line.startsWith(":")) return line;
      return "";
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private Reader read(String query) throws Exception {
    return new Reader(admin.stream("/v1/events" + query));
  }

  private void add(String text) {
    log.add(EventLog.Type.MEMBER, text, Map.of("name", "b"));
  }

  @Test
  void whatHappensFromNowOnIsToldWithIdsAndComments() throws Exception {
    add("before");
    try (Reader r = read("")) {
      assertThat(r.comment()).isEqualTo(": still here");
      log.add(EventLog.Type.LOG, "WARN two\nlines", Map.of());

      Event e = r.next();

      assertThat(e.name).isEqualTo("log");
      assertThat(e.data.propertyNames()).containsExactly("id", "at", "type", "text", "fields");
      assertThat(e.data.path("id").asString()).isEqualTo(log.life() + "-2");
      assertThat(e.data.path("text").asString()).isEqualTo("WARN two lines");
    }
  }

  @Test
  void aReaderComesBackToItsPlace() throws Exception {
    for (int i = 1; i <= 3; i++) add("e" + i);

    try (Reader r = read("?after=" + log.life() + "-2")) {
      assertThat(r.next().data.path("text").asString()).isEqualTo("e3");
    }
    try (Reader r =
        new Reader(
            AdminFixture.HTTP.send(
                admin.request("/v1/events").header("Last-Event-ID", log.life() + "-1").build(),
                HttpResponse.BodyHandlers.ofInputStream()))) {
      assertThat(r.next().data.path("text").asString()).isEqualTo("e2");
    }
    try (Reader r = read("?after=0")) {
      assertThat(r.next().data.path("text").asString()).isEqualTo("e1");
    }
  }

  @Test
  void whatIsNotKeptAnyMoreIsCounted() throws Exception {
    for (int i = 1; i <= EventLog.KEPT + 10; i++) add("e" + i);

    try (Reader r = read("?after=" + log.life() + "-3")) {
      Event missed = r.next();
      assertThat(missed.name).isEqualTo("missed");
      assertThat(missed.data.path("missed").asLong()).isEqualTo(7);
      assertThat(r.next().data.path("text").asString()).isEqualTo("e11");
    }
    try (Reader r = read("?after=00000000-3")) {
      assertThat(r.next().data.path("detail").asString()).contains("restarted");
      assertThat(r.next().data.path("text").asString()).isEqualTo("e11");
    }
  }

  @Test
  void onlyTheTypesAskedForAreTold() throws Exception {
    try (Reader r = read("?type=gate,log")) {
      add("not this");
      log.add(EventLog.Type.GATE, "ready", Map.of());

      assertThat(r.next().data.path("text").asString()).isEqualTo("ready");
    }
  }

  @Test
  void badPlacesAndTypesAreRefusedAndSoIsOneReaderTooMany() throws Exception {
    for (String wrong : List.of("?after=x", "?after=a-b", "?after=a--1", "?type=none")) {
      assertThat(admin.get("/v1/events" + wrong).statusCode()).as(wrong).isEqualTo(400);
    }
    try (Reader r = read("");
        Reader _ = read("");
        Reader _ = read("")) {
      HttpResponse<String> fourth = admin.get("/v1/events");

      assertThat(fourth.statusCode()).isEqualTo(503);
      assertThat(fourth.body()).contains("too_many_watchers");
      add("still");
      assertThat(r.next().data.path("text").asString()).isEqualTo("still");
    }
  }

  @Test
  void theStreamEndsWithTheMember() throws Exception {
    try (Reader r = read("")) {
      admin.server.drain();

      assertThat(r.next()).isNull();
    }
  }

  @Test
  void conditionsOfReadinessNameWhatIsMissingAndWhatToDo() throws Exception {
    JsonNode view = AdminFixture.json(admin.get("/v1/explain/readiness"));

    assertThat(view.path("member").asString()).isNotEmpty();
    for (JsonNode c : view.path("conditions")) {
      assertThat(c.path("todo").asString().isEmpty())
          .as(c.toString())
          .isEqualTo(c.path("holds").asBoolean());
    }
    assertThat(view.path("conditions").toString()).contains("group meta takes writes");
    assertThat(admin.get("/v1/top").statusCode()).isEqualTo(503);
  }
}
