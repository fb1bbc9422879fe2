package io.muster.supervision.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.muster.contract.MapSettings;
import io.muster.kernel.TimeSource;
import io.muster.registry.MemoryRegistry;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.testing.Eventually;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Members in one process on one registry, with real commands.
class TriggersTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  @TempDir Path dir;
  private final MemoryRegistry registry = new MemoryRegistry();
  private final Map<String, Triggers> members = new HashMap<>();
  private final Set<String> present = ConcurrentHashMap.newKeySet();
  private final List<String> published = new CopyOnWriteArrayList<>();
  private volatile String leader = "a";
  private int lives;

  @AfterEach
  void close() {
    members.values().forEach(Triggers::close);
  }

  private final class Here implements Surroundings {
    private final String name;

    Here(String name) {
      this.name = name;
    }

    @Override
    public String member() {
      return name;
    }

    @Override
    public Standing standing() {
      return new Standing(leader.equals(name), leader, present);
    }

    @Override
    public Optional<Path> configFile() {
      return Optional.of(dir.resolve("my muster.yaml"));
    }

    @Override
    public void publish(String path, JsonValue data) {
      published.add(path + " " + new String(JsonText.write(data), StandardCharsets.UTF_8));
    }

    @Override
    public ActionReport tell(Firing firing, List<String> via, String text) {
      return ActionReport.failed("no sink is called " + via);
    }
  }

  private Triggers member(String name, TriggerSettings... triggers) {
    present.add(name);
    Triggers t = new Triggers(registry, new Here(name), TimeSource.system(), new Random(++lives));
    t.configure(Map.of("c", List.of(triggers)));
    t.start();
    members.put(name, t);
    return t;
  }

  private TriggerSettings trigger(String command, String... keys) {
    Map<String, String> all = new HashMap<>();
    all.put("on", "[\"nodes\",\"active\"]");
    all.put(
        "do",
        "[{\"type\":\"shell\",\"commands\":["
            + new String(JsonText.write(new JsonValue.Text(command)), StandardCharsets.UTF_8)
            + "]}]");
    all.put("id", "t");
    for (int i = 0; i < keys.length; i += 2) all.put(keys[i], keys[i + 1]);
    return TriggerSettings.read(new MapSettings(all), List.of());
  }

  private List<String> lines() throws Exception {
    Path file = dir.resolve("ran");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private String note(String what) {
    return "echo " + what + " >> " + dir.resolve("ran");
  }

  private void quiet(Triggers t) {
    Eventually.within(
        LIMIT,
        "everything ran",
        () ->
            t.triggers().stream().allMatch(v -> v.waiting() == 0 && v.running() == 0)
                && t.runs(100).stream().noneMatch(r -> r.outcome().equals("running")));
  }

  @Test
  void everyMemberRunsItsOwnOnceForEachEvent() throws Exception {
    TriggerSettings t = trigger(note("$MUSTER_SELF-$MUSTER_EVENT_ID"), "queue", "serial");
    for (String m : List.of("a", "b", "c")) member(m, t);
    for (Triggers m : members.values()) {
      m.fired(Firings.active(1, "a"));
      m.fired(Firings.active(2, "a"));
      m.fired(Firings.active(1, "a"));
    }
    Eventually.within(LIMIT, "six runs", () -> lines().size() >= 6);
    for (Triggers m : members.values()) quiet(m);
    assertThat(lines()).containsExactlyInAnyOrder("a-e1", "a-e2", "b-e1", "b-e2", "c-e1", "c-e2");
  }

  @Test
  void theDocumentedVariablesAreThere() throws Exception {
    String all =
        "$CLUSTER|$CD_OPTS|$nodes_active_addrs|$nodes_active_count|$nodes_all_addrs|$nodes_added"
            + "|$nodes_removed|$NODE_ADDR|$NODE_STATE|$NODE_OLD_STATE|$MUSTER_EVENT|$MUSTER_EVENT_ID"
            + "|$MUSTER_TERM|$MUSTER_INDEX|$MUSTER_SELF|$MUSTER_LEADER|$MUSTER_DELIVERY|$KEY";
    Triggers a = member("a", trigger("echo \"" + all + "\"", "env", "{\"KEY\":{\"x\":1}}"));
    a.fired(Firings.active(9, "a"));
    Eventually.within(
        LIMIT, "a run", () -> a.runs(1).stream().anyMatch(r -> r.ended().isPresent()));
    assertThat(a.runs(1).getFirst().actions().getFirst().output())
        .isEqualTo(
            "c|-c '"
                + dir.resolve("my muster.yaml").toAbsolutePath()
                + "'|[\"10.0.0.1:6379\",\"10.0.0.2:6379\"]|2|[\"10.0.0.1:6379\",\"10.0.0.2:6379\",\"10.0.0.3:6379\"]|[\"10.0.0.1:6379\"]|[]|10.0.0.1:6379|passing|critical|nodes.active|e9|3|9|a|a|at-most-once|{\"x\":1}\n");
  }

  @Test
  void oneMemberRunsForAllAndTheOthersKnowHowItEnded() throws Exception {
    TriggerSettings t =
        trigger(note("$MUSTER_SELF-$MUSTER_EVENT_ID"), "run", "leader", "queue", "serial");
    for (String m : List.of("a", "b", "c")) member(m, t);
    for (int i = 1; i <= 5; i++) {
      Occurrence o = Firings.active(i, "a");
      members.values().forEach(m -> m.fired(o));
    }
    Eventually.within(
        LIMIT,
        "all know of five ends",
        () ->
            members.values().stream()
                .allMatch(
                    m ->
                        m.runs(100).stream().filter(r -> r.outcome().equals("done")).count() == 5));
    assertThat(lines()).containsExactly("a-e1", "a-e2", "a-e3", "a-e4", "a-e5");
    RunView seen = members.get("b").runs(1).getFirst();
    assertThat(seen.member()).isEqualTo("a");
    assertThat(seen.actions().getFirst().exitCodes()).containsExactly(0);
  }

  @Test
  void aNewLeaderRunsWhatNobodyHasClaimed() throws Exception {
    TriggerSettings t = trigger(note("$MUSTER_SELF"), "run", "leader");
    leader = "x";
    member("a", t).fired(Firings.active(1, "x"));
    member("b", t).fired(Firings.active(1, "x"));
    leader = "b";
    Eventually.within(LIMIT, "a run", () -> !lines().isEmpty());
    quiet(members.get("a"));
    assertThat(lines()).containsExactly("b");
  }

  @Test
  void whatADeadMemberClaimedIsUnknownOrRunAgainAsWasAskedFor() throws Exception {
    TriggerSettings once = trigger("sleep 1000", "run", "leader", "id", "once");
    TriggerSettings again =
        trigger(
            "[ $MUSTER_SELF = b ] && "
                + note("$MUSTER_SELF-$MUSTER_ATTEMPT-$MUSTER_DELIVERY")
                + " || sleep 1000",
            "run",
            "leader",
            "id",
            "again",
            "redeliver",
            "true");
    member("a", once, again).fired(Firings.active(1, "a"));
    Triggers b = member("b", once, again);
    b.fired(Firings.active(1, "a"));
    Eventually.within(
        LIMIT,
        "both run",
        () -> b.runs(9).stream().filter(r -> r.outcome().equals("running")).count() == 2);

    present.remove("a");
    members.remove("a").close();
    leader = "b";

    Eventually.within(
        LIMIT,
        "both are settled",
        () -> b.runs(9).stream().filter(r -> r.outcome().matches("unknown|done")).count() == 2);
    assertThat(lines()).containsExactly("b-2-at-least-once");
    RunView unknown =
        b.runs(9).stream().filter(r -> r.trigger().equals("once")).findFirst().orElseThrow();
    assertThat(unknown.outcome()).isEqualTo("unknown");
    assertThat(unknown.member()).isEqualTo("a");
  }

  @Test
  void aRestartedMemberSettlesWhatItsFormerLifeLeft() throws Exception {
    TriggerSettings t = trigger("sleep 1000", "run", "leader");
    member("a", t).fired(Firings.active(1, "a"));
    Eventually.within(LIMIT, "it runs", () -> !members.get("a").runs(1).isEmpty());
    members.remove("a").close();
    leader = "";
    Triggers reborn = member("a", t);
    Eventually.within(
        LIMIT,
        "known as unknown",
        () -> reborn.runs(1).stream().anyMatch(r -> r.outcome().equals("unknown")));
  }

  @Test
  void retriesAreCountedAndAFailureIsToldWithItsReason() throws Exception {
    String third = note("x") + "; [ $(wc -l < " + dir.resolve("ran") + ") -ge 2 ]";
    Triggers a = member("a", trigger(third, "retries", "2"));
    a.fired(Firings.active(1, "a"));
    Eventually.within(
        LIMIT, "done", () -> a.runs(1).stream().anyMatch(r -> r.outcome().equals("done")));
    assertThat(a.runs(1).getFirst().actions().getFirst().tries()).isEqualTo(2);

    a.configure(Map.of("c", List.of(trigger("exit 7"))));
    a.fired(Firings.active(2, "a"));
    Eventually.within(
        LIMIT, "failed", () -> a.runs(1).stream().anyMatch(r -> r.outcome().equals("failed")));
    assertThat(a.runs(1).getFirst().message()).isEqualTo("shell: commands[0] ended with 7");
    assertThat(a.triggers().getFirst().failed()).isEqualTo(1);
  }

  @Test
  void whileOneRunsOnlyTheNewestWaits() throws Exception {
    String hold =
        "while [ ! -e "
            + dir.resolve("go")
            + " ]; do sleep 0.05; done; "
            + note("$MUSTER_EVENT_ID");
    Triggers a = member("a", trigger(hold));
    for (int i = 1; i <= 5; i++) a.fired(Firings.active(i, "a"));
    Eventually.within(LIMIT, "three passed over", () -> a.triggers().getFirst().passedOver() == 3);
    Files.createFile(dir.resolve("go"));
    Eventually.within(LIMIT, "two ran", () -> lines().size() == 2);
    quiet(a);
    assertThat(lines()).containsExactly("e1", "e5");
    assertThat(a.runs(9).stream().filter(r -> r.outcome().equals("passed_over"))).hasSize(3);
  }

  @Test
  void onlyTheOriginRunsWhatIsLocal() throws Exception {
    TriggerSettings t = trigger(note("$MUSTER_SELF"), "run", "local");
    for (String m : List.of("a", "b")) member(m, t).fired(Firings.active(1, "b"));
    Eventually.within(LIMIT, "one ran", () -> !lines().isEmpty());
    members.values().forEach(this::quiet);
    assertThat(lines()).containsExactly("b");
  }

  @Test
  void webhooksAreSignedAndPublicationsNamedAfterTheEvent() throws Exception {
    List<String> got = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/hook",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String time = exchange.getRequestHeaders().getFirst("X-Muster-Timestamp");
          String right = "sha256=" + Webhook.signature("key", time, body);
          boolean signed =
              right.equals(exchange.getRequestHeaders().getFirst("X-Muster-Signature"));
          got.add(
              signed
                  + " "
                  + exchange.getRequestHeaders().getFirst("X-A")
                  + " "
                  + new String(body, StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(got.size() == 1 ? 503 : 200, -1);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
      String todo =
          "[{\"type\":\"http\",\"url\":\"%s\",\"secret\":\"key\",\"headers\":{\"X-A\":\"b\"}},{\"type\":\"publish\",\"path\":\"/m/{cluster}/{event}/{node}\"},{\"type\":\"notify\",\"via\":[\"pager\"]}]"
              .formatted(url);
      Triggers a = member("a", trigger("", "do", todo, "retries", "1"));
      a.fired(Firings.active(4, "a"));
      Eventually.within(
          LIMIT, "a run", () -> a.runs(1).stream().anyMatch(r -> r.ended().isPresent()));
      List<Boolean> done = new ArrayList<>();
      a.runs(1).getFirst().actions().forEach(v -> done.add(v.done()));
      assertThat(done).containsExactly(true, true, false);
      assertThat(got).hasSize(2).allMatch(g -> g.startsWith("true b {\"id\":\"e4\""));
      assertThat(got.getLast()).contains("\"trigger\":\"c/t\"", "\"delivery\":\"at-least-once\"");
      assertThat(published).hasSize(1);
      assertThat(published.getFirst()).startsWith("/m/c/nodes.active/10.0.0.1:6379 {\"id\":\"e4\"");
      assertThat(a.runs(1).getFirst().message()).isEqualTo("notify: no sink is called [pager]");
    } finally {
      server.stop(0);
    }
  }
}
