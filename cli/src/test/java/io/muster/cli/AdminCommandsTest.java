package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Commands that ask a member, when it is absent, refuses, or says something rare.
class AdminCommandsTest {
  private static final String JSON = "application/json";
  @TempDir Path directory;
  private ScriptedMember member;

  @BeforeEach
  void start() throws Exception {
    member = new ScriptedMember();
  }

  @AfterEach
  void stop() {
    member.close();
  }

  static Stream<List<String>> asking() {
    return Stream.of(
        List.of("status"),
        List.of("members"),
        List.of("members", "forget", "m2"),
        List.of("stop"),
        List.of("leave"),
        List.of("secret", "rotate"),
        List.of("secret", "status"),
        List.of("secret", "reload"),
        List.of("monitor"),
        List.of("top"),
        List.of("explain", "readiness"),
        List.of("explain", "member", "m2"),
        List.of("health"),
        List.of("open"),
        List.of("settings", "get"),
        List.of("settings", "get", "log.level"),
        List.of("settings", "set", "log.level", "debug"),
        List.of("settings", "unset", "log.level"),
        List.of("user", "list"),
        List.of("user", "show", "bob"),
        List.of("user", "set", "bob", "--custom-data", "{}"),
        List.of("user", "remove", "bob"),
        List.of("user", "password", "bob"),
        List.of("group", "list"),
        List.of("group", "show", "g"),
        List.of("group", "add", "g"),
        List.of("group", "remove", "g"),
        List.of("group", "link", "g", "bob"),
        List.of("group", "unlink", "g", "bob"),
        List.of("permission", "list"),
        List.of("permission", "allow", "--group", "g", "--path", "/a", "--action", "get"),
        List.of("permission", "prohibit", "--user", "u", "--path", "/a", "--action", "*"),
        List.of("permission", "remove", "--user", "u", "--path", "/a", "--action", "set,on"),
        List.of("explain", "permission", "--user", "u", "--path", "/a", "--action", "set"),
        List.of("session", "list"),
        List.of("session", "end", "s1"),
        List.of("token", "list"),
        List.of("token", "revoke", "--session", "s1"),
        List.of("token", "restore", "t1"),
        List.of("data", "get", "/x"),
        List.of("data", "set", "/x", "1"),
        List.of("data", "remove", "/x"),
        List.of("data", "count", "/x"),
        List.of("data", "watch", "/x"));
  }

  private static Ran ask(List<String> command, String... more) {
    return Ran.muster(Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new));
  }

  private static String problem(String name, int status) {
    return "{\"name\":\"" + name + "\",\"status\":" + status + ",\"detail\":\"the detail\"}";
  }

  @ParameterizedTest
  @MethodSource("asking")
  void nobodyThereIsSaidWithTheAddress(List<String> command) throws Exception {
    int free;
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = s.getLocalPort();
    }

    Ran ran = ask(command, "--admin", "127.0.0.1:" + free);

    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .isEqualTo(
            "muster: no member answers at http://127.0.0.1:"
                + free
                + "; is it running? (--admin URL chooses another)\n");
  }

  @ParameterizedTest
  @MethodSource("asking")
  void aStrangerThereIsSaid(List<String> command) {
    Ran ran = ask(command, "--admin", member.url());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .isEqualTo(
            "muster: "
                + member.url()
                + " answers, but not as a member of Muster; --admin URL chooses another\n");
  }

  @ParameterizedTest
  @MethodSource("asking")
  void aTokenThatIsMissingOrWrongIsSaidWithWhatToDo(List<String> command) throws Exception {
    for (String path :
        List.of(
            "/v1/status",
            "/v1/members",
            "/v1/members/m2",
            "/v1/settings",
            "/v1/settings/log.level",
            "/v1/users",
            "/v1/users/bob",
            "/v1/groups",
            "/v1/groups/g",
            "/v1/links",
            "/v1/permissions",
            "/v1/explain",
            "/v1/sessions",
            "/v1/sessions/s1",
            "/v1/tokens",
            "/v1/tokens/t1",
            "/v1/stop",
            "/v1/leave",
            "/v1/secret",
            "/v1/secret/reload",
            "/v1/events",
            "/v1/top",
            "/v1/explain/readiness",
            "/v1/explain/member/m2",
            "/v1/gate",
            "/v1/health",
            "/v1/streams",
            "/v1/drain",
            "/v1/data/x")) {
      member.answering(path, 401, JSON, problem("admin_unauthorized", 401));
    }
    member.answering("/v1/data/watch", 401, JSON, problem("admin_unauthorized", 401));

    Ran none = ask(command, "--admin", member.url());

    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err()).contains("wants a token").contains("-c FILE").contains("--token-file");

    Path file = Files.writeString(directory.resolve("token"), "wrong\n");
    Ran wrong = ask(command, "--admin", member.url(), "--token-file", file.toString());
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("does not accept the token in " + file);
  }

  @Test
  void anAddressOrTokenFileThatIsNoneIsAMistakeOfUsage() {
    Ran url = Ran.muster("status", "--admin", "ht tp");
    assertThat(url.code()).isEqualTo(2);
    assertThat(url.err()).contains("--admin: expected a URL").contains("'ht tp'");

    Ran token = Ran.muster("status", "--admin", member.url(), "--token-file", "no-such-file");
    assertThat(token.code()).isEqualTo(2);
    assertThat(token.err()).contains("the token file no-such-file does not exist");
  }

  @Test
  void aRefusalIsSaidWithItsNameForExplain() {
    member.answering("/v1/data/x", 503, JSON, problem("no_quorum", 503));

    Ran ran = Ran.muster("data", "get", "/x", "--admin", member.url());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).isEqualTo("muster: the detail (no_quorum)\n");
  }

  @Test
  void suspectsAreShownWithWhoDoubtsThem() {
    String json =
        """
        {"members":[\
        {"name":"a","id":"0a","state":"alive","inStateMillis":185000,"address":"10.0.0.1:56000",\
        "roles":["control","gateway"],"service":"s","incarnation":7,"labels":{},\
        "suspectedBy":[]},\
        {"name":"bb","id":"0b","state":"suspect","inStateMillis":340,"address":"10.0.0.2:56000",\
        "roles":["control"],"service":"s","incarnation":8,"labels":{},"suspectedBy":[\
        {"name":"a","id":"0a","silentMillis":840,"refused":false},\
        {"name":"c","id":"0c","silentMillis":20,"refused":true}]}]}\
        """;
    member.answering("/v1/members", 200, JSON, json);

    assertThat(Ran.muster("members", "--admin", member.url()).out())
        .isEqualTo(
            """
            NAME  STATE    FOR      ADDRESS         ROLES            SERVICE  INCARNATION
            a     alive    3 m 5 s  10.0.0.1:56000  control,gateway  s        7
            bb    suspect  0.3 s    10.0.0.2:56000  control          s        8
              suspected by a, no answer for 0.8 s; c, no answer for 0.0 s and connections refused
            """);
    assertThat(Ran.muster("members", "--json", "--admin", member.url()).out())
        .isEqualTo(json + "\n");
  }

  private static String setting(
      String name, String value, String source, String own, String change) {
    return """
    {"name":"%s","value":"%s","source":"%s","memberValue":"%s","fallback":"f",\
    "range":"a range","change":"%s","meaning":"the meaning"}\
    """
        .formatted(name, value, source, own, change);
  }

  @Test
  void settingsAreShownWithWhereTheyComeFrom() {
    String level = setting("log.level", "debug", "cluster", "info", "running");
    String all =
        "{\"settings\":["
            + level
            + ","
            + setting("security.secure", "true", "cluster", "true", "never")
            + "]}";
    member.answering("/v1/settings", 200, JSON, all);
    member.answering("/v1/settings/log.level", 200, JSON, level);

    assertThat(Ran.muster("settings", "get", "--admin", member.url()).out())
        .isEqualTo(
            """
            NAME             VALUE  FROM     CHANGES   MEANING
            log.level        debug  cluster  any time  the meaning
            security.secure  true   cluster  never     the meaning
            """);
    assertThat(Ran.muster("settings", "get", "--json", "--admin", member.url()).out())
        .isEqualTo(all + "\n");
    assertThat(Ran.muster("settings", "get", "log.level", "--admin", member.url()).out())
        .isEqualTo(
            """
            setting  log.level, the meaning
            value    debug
            from     the cluster; this member is configured with info
            range    a range; f where nothing is configured
            changes  any time
            """);
    assertThat(Ran.muster("settings", "set", "log.level", "debug", "--admin", member.url()).out())
        .isEqualTo("log.level is debug\n");
  }

  @Test
  void aSettingThatChangesAtStartIsSaidToDoSo() {
    member.answering(
        "/v1/settings/registry.election_timeout",
        200,
        JSON,
        setting("registry.election_timeout", "1s", "cluster", "500ms", "at_start"));

    assertThat(
            Ran.muster(
                    "settings", "set", "registry.election_timeout", "1s", "--admin", member.url())
                .out())
        .isEqualTo(
            "registry.election_timeout is 1s for members that start from now on;"
                + " this one runs with 500ms\n");
  }

  @Test
  void aSettingThatIsRefusedIsSaidWithTheMembersWords() {
    member.answering(
        "/v1/settings/security.secure", 409, JSON, problem("cluster_setting_fixed", 409));
    Ran fixed = Ran.muster("settings", "set", "security.secure", "false", "--admin", member.url());
    assertThat(fixed.code()).isEqualTo(1);
    assertThat(fixed.err()).isEqualTo("muster: the detail (cluster_setting_fixed)\n");

    member.answering("/v1/settings/log.level", 400, JSON, problem("setting_invalid", 400));
    Ran wrong = Ran.muster("settings", "set", "log.level", "loud", "--admin", member.url());
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(Ran.muster("settings", "set", "log.level").code()).isEqualTo(2);
  }

  @Test
  void aWatchThatFallsBehindOrIsEndedFails() {
    String event = "event: set\ndata: {\"path\":\"/x\",\"data\":{},\"timestamp\":1,";
    String first = ": watching\n\n" + event + "\"origin\":null}\n\n";
    member.answering("/v1/data/watch", 200, "text/event-stream", first);
    Ran ended = Ran.muster("data", "watch", "/x", "--json", "--admin", member.url());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out())
        .isEqualTo(
            """
            {"action":"set","path":"/x","data":{},"timestamp":1,"origin":null}
            """);
    assertThat(ended.err()).contains("the member stops, or the connection broke");

    member.answering(
        "/v1/data/watch",
        200,
        "text/event-stream",
        first + "event: overflow\ndata: {\"lost\":3,\"detail\":\"too slow\"}\n\n");
    Ran behind = Ran.muster("data", "watch", "/x", "--admin", member.url());
    assertThat(behind.code()).isEqualTo(1);
    assertThat(behind.err()).contains("3 events were lost: too slow");
  }

  @Test
  void aWatchWithoutSenseIsAMistakeOfUsage() {
    assertThat(Ran.muster("data", "watch", "/x", "--count", "0").code()).isEqualTo(2);
    assertThat(Ran.muster("data", "watch", "/x", "--timeout", "3q").err())
        .contains("expected seconds, or a duration such as 30s, 500ms or 2m, found '3q'");
    assertThat(Ran.muster("data", "watch").code()).isEqualTo(2);
  }

  @Test
  void aMemberThatDoesNotStopInTimeIsAFailure() {
    member.answering("/v1/stop", 202, JSON, "{\"stopping\":true,\"pid\":1}");
    member.answering("/livez", 200, "text/plain", "alive\n");

    Ran late = Ran.muster("stop", "--timeout", "200ms", "--admin", member.url());

    assertThat(late.code()).isEqualTo(1);
    assertThat(late.err()).contains("is still stopping after 0.2 s");
    Ran unwatched = Ran.muster("stop", "--timeout", "0", "--admin", member.url());
    assertThat(unwatched.code()).isZero();
    assertThat(unwatched.out()).isEqualTo("stopping\n");
  }

  @Test
  void aLeaveThatIsRefusedSaysWhyAndWithWhichErrorToAskExplainFor() {
    member.answering("/v1/leave", 409, JSON, problem("leave_refused", 409));

    Ran refused = Ran.muster("leave", "--admin", member.url());

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("the detail (leave_refused)");
    assertThat(Ran.muster("leave", "--timeout", "0").code()).isEqualTo(2);
    assertThat(Ran.muster("leave", "--timeout", "2h").err()).contains("expected 1s to 1h");
  }
}
