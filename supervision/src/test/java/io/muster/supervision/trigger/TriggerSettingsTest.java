package io.muster.supervision.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.spi.ProviderSettings;
import io.muster.spi.action.Action;
import io.muster.spi.action.ActionProvider;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.ActionSetup;
import io.muster.supervision.trigger.TriggerSettings.Queue;
import io.muster.supervision.trigger.TriggerSettings.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TriggerSettingsTest {
  private static final String DO = "[{\"type\":\"shell\",\"commands\":[\"true\"]}]";

  private static TriggerSettings read(String... keys) {
    Map<String, String> all = new HashMap<>(Map.of("on", "[\"nodes\",\"active\"]", "do", DO));
    for (int i = 0; i < keys.length; i += 2) all.put(keys[i], keys[i + 1]);
    return TriggerSettings.read(new MapSettings(all), List.of(new Waving()));
  }

  /// A plugin.
  public static final class Waving implements ActionProvider {
    @Override
    public String name() {
      return "wave";
    }

    @Override
    public ActionSetup read(ProviderSettings settings) {
      String hand = settings.text("hand", "left", "which");
      return _ -> (Action) _ -> ActionReport.done(hand);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[\"nodes\",\"active\"]|nodes.active",
        "[\"active\"]|nodes.active",
        "[\"nodes.active\"]|nodes.active",
        "\"nodes.active\"|nodes.active",
        "\"active\"|nodes.active",
        "[\"changed\"]|nodes.changed",
        "[\"nodes\"]|nodes.changed",
        "[\"nodes\",\"nodes\"]|nodes.changed",
        "[\"state\"]|nodes.state",
        "[\"raft\",\"state\"]|raft.state",
        "[\"leader\"]|raft.leader",
        "[\"quorum_lost\"]|raft.quorum_lost",
        "[\"raft\",\"new-follower\"]|raft.new-follower",
        "[\"balancers\",\"change\"]|balancers.change",
        "[\"nodes\",\"start-capacity\"]|nodes.start-capacity",
        "[\"inserted\"]|nodes.inserted",
        "[\"maintenance\"]|nodes.maintenance"
      })
  void allDocumentedFormsOfOnAreUnderstood(String on, String event) {
    assertThat(read("on", on).on().text()).isEqualTo(event);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[\"nodes\",\"actve\"]|did you mean 'active'",
        "[\"node\",\"active\"]|did you mean 'nodes'",
        "[\"nodes\",\"req:start-capacity\"]|[nodes, start-capacity]",
        "[\"raft\",\"active\"]|there is no 'active'",
        "[]|[collection, event]",
        "[\"a\",\"b\",\"c\"]|[collection, event]",
        "[\"nodes\",7]|[collection, event]",
        "7|[collection, event]",
        "[[\"nodes\",\"active\"]]|[collection, event]"
      })
  void whatCannotBeNamedIsRefusedWithASuggestion(String on, String said) {
    assertThatThrownBy(() -> read("on", on))
        .hasMessageStartingWith("on: ")
        .hasMessageContaining(said);
  }

  @Test
  void defaultsAreThoseOfTheOriginal() {
    TriggerSettings t = read();
    assertThat(t.run()).isEqualTo(Run.EVERY);
    assertThat(t.queue()).isEqualTo(Queue.LATEST);
    assertThat(t.timeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(t.throttle()).isZero();
    assertThat(t.retries()).isZero();
    assertThat(t.actions())
        .containsExactly(
            new ActionPlan.Shell(List.of("true"), java.util.Optional.empty(), Map.of(), false));
  }

  @Test
  void everyActionIsRead(@TempDir Path dir) throws Exception {
    Path secret = Files.writeString(dir.resolve("secret"), "s3cret\nrest\n");
    TriggerSettings t =
        read(
            "do",
            """
            [{"type":"shell","commands":["a","b"],"cwd":"/tmp","env":{"N":1,"S":"x","L":[1]},"inherit_env":true},
             {"type":"http","url":"https://h.example/x","method":"put","headers":{"X-A":"b"},"secret_file":"%s"},
             {"type":"notify","via":["mail"],"text":"t"},
             {"type":"publish","path":"/events/{cluster}","data":{"a":1}},
             {"type":"class","class":"wave","hand":"right"},
             {"type":"wave"},
             {"type":"class","class":"%s"}]
            """
                .formatted(secret, Waving.class.getName()));
    ActionPlan.Shell shell = (ActionPlan.Shell) t.actions().getFirst();
    assertThat(shell.env())
        .containsEntry("N", "1")
        .containsEntry("S", "x")
        .containsEntry("L", "[1]");
    ActionPlan.Http http = (ActionPlan.Http) t.actions().get(1);
    assertThat(http.method()).isEqualTo("PUT");
    assertThat(http.secret().orElseThrow().reveal()).isEqualTo("s3cret");
    assertThat(t.toString()).doesNotContain("s3cret");
    assertThat(t.actions().stream().map(ActionPlan::type))
        .containsExactly("shell", "http", "notify", "publish", "wave", "wave", "wave");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|do: expected a list",
        "\"true\"|do: expected a list",
        "[7]|do[0]: expected an action",
        "[{\"type\":\"shell\"}]|do[0].commands: expected",
        "[{\"type\":\"shell\",\"comands\":[\"x\"],\"commands\":[\"x\"]}]|do[0].comands: expected a"
            + " known key",
        "[{\"type\":\"shell\",\"commands\":[7]}]|do[0].commands[0]: expected a text",
        "[{\"type\":\"shell\",\"commands\":[\" \"]}]|do[0].commands[0]: expected",
        "[{\"type\":\"shell\",\"commands\":[\"x\"],\"env\":{\"1A\":2}}]|do[0].env.1A: expected a"
            + " variable",
        "[{\"type\":\"shell\",\"commands\":[\"x\"],\"inherit_env\":\"perhaps\"}]|do[0].inherit_env",
        "[{\"type\":\"shel\",\"commands\":[\"x\"]}]|did you mean 'shell'",
        "[{\"type\":\"function\",\"func\":\"x\"}]|evaluates no source",
        "[{\"type\":\"http\",\"url\":\"ftp://x/\"}]|do[0].url: expected",
        "[{\"type\":\"http\",\"url\":\"http://u:p@x/\"}]|no password in it",
        "[{\"type\":\"http\",\"url\":\"http://x/\",\"method\":\"GET\"}]|do[0].method: expected",
        "[{\"type\":\"http\",\"url\":\"http://x/\",\"headers\":{\"Host\":\"y\"}}]|do[0].headers.Host",
        "[{\"type\":\"http\",\"url\":\"http://x/\",\"secret_file\":\"/nowhere\"}]|do[0].secret_file",
        "[{\"type\":\"http\",\"url\":\"http://x/\",\"ca_file\":\"c.pem\"}]|do[0].ca_file",
        "[{\"type\":\"publish\",\"path\":\"x\"}]|do[0].path: expected",
        "[{\"type\":\"class\",\"class\":\"wav\"}]|did you mean 'wave'"
      })
  void aMistakeInAnActionIsNamedWithItsPlace(String actions, String said) {
    assertThatThrownBy(() -> read("do", actions)).hasMessageContaining(said);
  }

  @Test
  void onlyWhatAllMembersSeeIsRunOnceForAll() {
    assertThatThrownBy(() -> read("on", "[\"nodes\",\"failed\"]", "run", "leader"))
        .hasMessageContaining("run: expected every or local");
    assertThatThrownBy(() -> read("redeliver", "true")).hasMessageContaining("run: leader");
    assertThat(read("run", "leader", "redeliver", "true").redeliver()).isTrue();
  }

  @Test
  void idsAreMadeOfWhatATriggerSays() {
    assertThat(read().id()).matches("[0-9a-f]{32}").isEqualTo(read("on", "[\"active\"]").id());
    assertThat(read().id()).isNotEqualTo(read("env", "{\"A\":1}").id());
    assertThat(read("id", "mine").id()).isEqualTo("mine");
    assertThatThrownBy(() -> read("id", "a/b")).hasMessageContaining("id: expected");
    assertThat(TriggerSettings.distinct(List.of(read(), read())).getLast().id()).endsWith("-2");
    assertThatThrownBy(() -> TriggerSettings.distinct(List.of(read("id", "a"), read("id", "a"))))
        .hasMessageContaining("'a'");
  }
}
