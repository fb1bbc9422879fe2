package io.muster.supervision.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.muster.contract.MapSettings;
import io.muster.kernel.TimeSource;
import io.muster.registry.MemoryRegistry;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.trigger.Event;
import io.muster.supervision.trigger.Occurrence;
import io.muster.supervision.trigger.Surroundings;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// With a real web server and a real mail server.
class NotifierTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private final MemoryRegistry registry = new MemoryRegistry();
  private final List<Notifier> notifiers = new ArrayList<>();
  private final List<String> got = new CopyOnWriteArrayList<>();
  private HttpServer web;
  private SmtpServer mail;
  private volatile String leader = "a";
  private long index;

  @BeforeEach
  void servers() throws IOException {
    mail = new SmtpServer();
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          got.add(exchange.getRequestURI() + " " + new String(body, StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    web.start();
  }

  @AfterEach
  void close() throws IOException {
    notifiers.forEach(Notifier::close);
    web.stop(0);
    mail.close();
  }

  private Notifier notifier(String name, String window, String sinks) {
    NotifySettings settings =
        NotifySettings.read(new MapSettings(Map.of("window", window, "sinks", sinks)));
    Surroundings here =
        new Surroundings() {
          @Override
          public String member() {
            return name;
          }

          @Override
          public Standing standing() {
            return new Standing(leader.equals(name), leader, Set.of("a", "b"));
          }

          @Override
          public Optional<Path> configFile() {
            return Optional.empty();
          }

          @Override
          public void publish(String path, JsonValue data) {}

          @Override
          public ActionReport tell(Firing firing, List<String> via, String text) {
            return ActionReport.failed("not asked here");
          }
        };
    Notifier n = new Notifier(settings, registry, here, TimeSource.system());
    n.start();
    notifiers.add(n);
    return n;
  }

  private Occurrence state(String node, String state, String cause) {
    index++;
    return new Occurrence(
        "e" + index,
        Event.NODES_STATE,
        "redis",
        node,
        state,
        "",
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        JsonValue.NULL,
        1,
        index,
        Instant.now(),
        cause,
        "a");
  }

  private String sinks() {
    String url = "http://127.0.0.1:" + web.getAddress().getPort();
    return """
    [{"type":"http","url":"%s/web"},
     {"type":"slack","name":"chat","url":"%s/chat","severity":"critical"},
     {"type":"smtp","host":"127.0.0.1","port":%d,"tls":"none","from":"m@example.org","to":["ops@example.org"]},
     {"type":"log"}]\
    """
        .formatted(url, url, mail.port());
  }

  @Test
  void theLeaderTellsAllSinksAndTheOthersKeepStill() {
    Notifier a = notifier("a", "300", sinks());
    Notifier b = notifier("b", "300", sinks());
    for (Notifier n : List.of(a, b)) {
      n.fired(state("10.0.0.1:1", "critical", "2 of 3 say critical: <Timed out> & gone"));
      n.fired(state("10.0.0.2:1", "warning", "slow"));
    }
    Eventually.within(LIMIT, "all are told", () -> got.size() >= 2 && !mail.mails.isEmpty());
    assertThat(got).hasSize(2);
    String web = got.stream().filter(g -> g.startsWith("/web")).findFirst().orElseThrow();
    assertThat(web)
        .contains("\"title\":\"redis: 1 critical, 1 warning\"", "\"severity\":\"critical\"")
        .contains("\"node\":\"10.0.0.2:1\"", "\"member\":\"a\"");
    String chat = got.stream().filter(g -> g.startsWith("/chat")).findFirst().orElseThrow();
    assertThat(chat)
        .startsWith("/chat {\"text\":\"*redis: 1 critical* (a)\\u000a10.0.0.1:1 critical: ");
    assertThat(chat).contains("&lt;Timed out&gt; &amp; gone").doesNotContain("10.0.0.2");
    assertThat(mail.mails.getFirst())
        .contains("Subject: [muster] redis: 1 critical, 1 warning", "To: ops@example.org", "slow");
    assertThat(mail.commands).contains("RCPT TO:<ops@example.org>");
    Eventually.within(
        LIMIT, "counted", () -> a.sinks().stream().allMatch(s -> s.sent() == 1 && s.failed() == 0));
    assertThat(b.sinks()).allMatch(s -> s.sent() == 0 && s.waiting() == 0);
  }

  @Test
  void aNewLeaderTellsWhatTheFormerDidNotComeTo() {
    leader = "x";
    Notifier b = notifier("b", "0", sinks());
    b.fired(state("10.0.0.1:1", "critical", ""));
    leader = "b";
    Eventually.within(LIMIT, "told", () -> got.size() == 2);
  }

  @Test
  void whatIsSilencedIsNotToldUntilThatIsOver() {
    Notifier a = notifier("a", "0", sinks());
    a.silence(
            new Silence(
                "disks", "redis", "*", "*", Instant.now().plusSeconds(3600), "ann", "new disks"))
        .join();
    a.fired(state("10.0.0.1:1", "critical", ""));
    assertThat(a.silences()).hasSize(1);
    a.unsilence("disks").join();
    Eventually.within(LIMIT, "told", () -> got.size() == 2);
  }

  @Test
  void aTriggerTellsAtOnceAndLearnsHowThatWent() throws Exception {
    Notifier a = notifier("a", "0", sinks());
    Firing f =
        new Firing(
            "e",
            "nodes.active",
            "redis",
            "",
            Map.of(),
            state("n", "passing", "why").document(),
            1,
            Duration.ofSeconds(5));
    assertThat(a.tell(f, List.of("http"), "look here").done()).isTrue();
    assertThat(got).hasSize(1);
    assertThat(got.getFirst()).contains("look here");
    assertThat(a.tell(f, List.of("pager"), "").message()).startsWith("no sink is called 'pager'");
    web.stop(0);
    assertThat(a.tell(f, List.of("http"), "").message()).contains("cannot be reached");
    mail.close();
    assertThat(a.tell(f, List.of("smtp"), "").message()).startsWith("smtp: mail by 127.0.0.1:");
    Eventually.within(LIMIT, "counted", () -> a.sinks().getFirst().failed() == 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{\"type\":\"pager\"}]|sinks[0].type: expected http, slack",
        "[{\"type\":\"log\"},{\"type\":\"log\"}]|sinks[1].name",
        "[{\"type\":\"log\",\"url\":\"x\"}]|sinks[0].url: expected a known key",
        "[{\"type\":\"smtp\"}]|sinks[0].host",
        "[{\"type\":\"smtp\",\"host\":\"h\",\"from\":\"a@b\"}]|sinks[0].to",
        "[{\"type\":\"smtp\",\"host\":\"h\",\"from\":\"a\\nb\",\"to\":[\"a@b\"]}]|sinks[0].from",
        "[{\"type\":\"smtp\",\"host\":\"h\",\"tls\":\"none\",\"user\":\"u\",\"password\":\"p\",\"from\":\"a@b\",\"to\":[\"a@b\"]}]|sinks[0].tls",
        "{}|sinks: expected a list"
      })
  void mistakesAreNamedWithTheirPlace(String sinks, String said) {
    Map<String, String> keys = new HashMap<>();
    keys.put("sinks", sinks);
    assertThatThrownBy(() -> NotifySettings.read(new MapSettings(keys))).hasMessageContaining(said);
  }
}
