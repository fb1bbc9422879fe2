package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.muster.kernel.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonLinesTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.muster.X");

  private JsonNode line(@Nullable Throwable thrown, String template, Object... arguments) {
    LoggingEvent e = new LoggingEvent("", logger, Level.WARN, template, thrown, arguments);
    String text = new String(new JsonLines().encode(e), StandardCharsets.UTF_8);
    assertThat(text).endsWith("}\n");
    assertThat(text.lines()).hasSize(1);
    return JSON.readTree(text);
  }

  @Test
  void keysAreFieldsAndNumbersStayNumbers() {
    JsonNode l =
        line(
            null,
            "link_up peer={} tls={} tries={} over={}",
            "b\nc",
            true,
            3,
            Duration.ofSeconds(2));

    assertThat(l.propertyNames())
        .containsExactly("ts", "level", "logger", "thread", "event", "msg", "fields");
    assertThat(l.path("level").asString()).isEqualTo("WARN");
    assertThat(l.path("event").asString()).isEqualTo("link_up");
    assertThat(l.path("fields").toString())
        .isEqualTo("{\"peer\":\"b\\nc\",\"tls\":true,\"tries\":3,\"over\":\"PT2S\"}");
    assertThat(l.path("msg").asString()).startsWith("link_up peer=b\nc");
  }

  @Test
  void quotedKeysAndPlaceholdersWithoutOneAreKeptApart() {
    JsonNode l = line(null, "gate {} state=\"{}\": said", "x", "closed for now");

    assertThat(l.path("fields").toString()).isEqualTo("{\"state\":\"closed for now\"}");
    assertThat(line(null, "member {} awaiting connectedTo", "b").has("fields")).isFalse();
    assertThat(line(null, "Anything at all").has("event")).isFalse();
  }

  @Test
  void secretsHideThemselves() {
    JsonNode l = line(null, "tried secret={}", new Secret("do not show this"));

    assertThat(l.toString()).doesNotContain("do not show this").contains("(secret)");
  }

  @Test
  void whatWasThrownIsAFieldOfItsOwn() {
    JsonNode l = line(new IllegalStateException("broken", new RuntimeException("why")), "x_failed");

    assertThat(l.path("error").path("type").asString()).endsWith("IllegalStateException");
    assertThat(l.path("error").path("message").asString()).isEqualTo("broken");
    assertThat(l.path("error").path("stack").asString()).contains("Caused by:").contains("why");
  }

  @Test
  void theFormatChangesForAllAppendersAndBack() {
    LogFormat.use(LogFormat.JSON);
    LogFormat.use(LogFormat.JSON);
    LogFormat.use(LogFormat.TEXT);

    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.iteratorForAppenders()
        .forEachRemaining(
            a -> {
              if (a instanceof ch.qos.logback.core.OutputStreamAppender<?> out) {
                assertThat(out.getEncoder()).isNotInstanceOf(JsonLines.class);
              }
            });
  }
}
