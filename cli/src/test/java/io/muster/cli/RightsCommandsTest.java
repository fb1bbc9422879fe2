package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.Action;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the commands of users, groups, permissions, sessions and tokens print.
class RightsCommandsTest {
  private static final String JSON = "application/json";
  private static final String BOB =
      "{\"username\":\"bob\",\"userid\":\"u-1\",\"groups\":[\"readers\",\"writers\"],"
          + "\"permissions\":{\"/a/*\":{\"actions\":[\"get\",\"on\"],\"prohibit\":[\"set\"]}},"
          + "\"customData\":{\"area\":7}}";
  private ScriptedMember member;

  @BeforeEach
  void start() throws Exception {
    member = new ScriptedMember();
  }

  @AfterEach
  void stop() {
    member.close();
  }

  private Ran ask(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--admin";
    all[arguments.length + 1] = member.url();
    return Ran.muster(all);
  }

  private Ran asked(String in, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)));
    try {
      return ask(arguments);
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void theActionsAreThoseOfPermissions() {
    assertThat(PermissionCommand.Actions.ALL)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Action.values()).map(Action::text).toList());
  }

  @Test
  void usersAreListedAndShown() {
    member.answering("/v1/users", 200, JSON, "{\"users\":[" + BOB + "]}");
    member.answering("/v1/users/bob", 200, JSON, BOB);

    assertThat(ask("user", "list").out())
        .isEqualTo(
            """
            NAME  GROUPS           OWN PERMISSIONS
            bob   readers,writers  1
            """);
    assertThat(ask("user", "show", "bob").out())
        .isEqualTo(
            """
            user    bob (u-1)
            groups  readers,writers
            custom  {"area":7}
            permissions of its own
              allow     get,on  /a/*
              prohibit  set  /a/*
            """);
    assertThat(ask("user", "show", "bob", "--json").out()).isEqualTo(BOB + "\n");
  }

  @Test
  void aPasswordComesFromStandardInput() {
    member.answering("/v1/groups/readers", 200, JSON, "{}");
    member.answering("/v1/users/bob", 200, JSON, BOB);
    member.answering("/v1/links", 200, JSON, BOB);
    member.answering("/v1/passwords/bob", 200, JSON, "{\"changed\":true}");

    Ran added = asked("secret\n", "user", "add", "bob", "--group", "readers");
    assertThat(added.out()).isEqualTo("made user bob, groups readers,writers\n");
    assertThat(asked("secret\n", "user", "password", "bob").out())
        .isEqualTo("password of bob is set\n");

    Ran none = asked("", "user", "add", "bob");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("a password for bob in MUSTER_PASSWORD or on standard input");
    assertThat(Ran.muster("user", "add", "bob", "--password", "x").code()).isEqualTo(2);
  }

  @Test
  void groupsAreListedShownAndLinked() {
    String group =
        "{\"name\":\"g\",\"permissions\":{\"*\":{\"actions\":[\"*\"]}},\"customData\":{},"
            + "\"users\":[]}";
    member.answering("/v1/groups", 200, JSON, "{\"groups\":[" + group + "]}");
    member.answering("/v1/groups/g", 200, JSON, group);
    member.answering("/v1/links", 200, JSON, BOB);

    assertThat(ask("group", "list").out()).isEqualTo("NAME  PATHS\ng     1\n");
    assertThat(ask("group", "show", "g").out())
        .isEqualTo(
            """
            group   g
            users   -
            permissions
              allow     *  *
            """);
    assertThat(ask("group", "link", "readers", "bob").out())
        .isEqualTo("bob has groups readers,writers\n");
    member.answering("/v1/links", 200, JSON, "{\"removed\":0}");
    assertThat(ask("group", "unlink", "readers", "bob").out())
        .isEqualTo("bob was not in readers\n");
  }

  @Test
  void permissionsAreListedSetAndExplained() {
    member.answering(
        "/v1/permissions",
        200,
        JSON,
        "{\"permissions\":[{\"holder\":\"group\",\"name\":\"g\",\"path\":\"/a/*\","
            + "\"action\":\"get\",\"effect\":\"allow\"}]}");
    assertThat(ask("permission", "list").out())
        .isEqualTo(
            """
            OF     NAME  EFFECT  ACTION  PATH
            group  g     allow   get     /a/*
            """);
    assertThat(
            ask("permission", "allow", "--group", "g", "--path", "/a/*", "--action", "get,on")
                .out())
        .isEqualTo("group g may get,on /a/*\n");

    String explained =
        "{\"user\":\"bob\",\"action\":\"set\",\"path\":\"/a/b\",\"allowed\":%s,"
            + "\"reason\":\"the reason\",\"rules\":[\"prohibits group g /a/*\"]}";
    member.answering("/v1/explain", 200, JSON, explained.formatted("false"));
    String[] asked = {
      "explain", "permission", "--user", "bob", "--action", "set", "--path", "/a/b"
    };
    Ran no = ask(asked);
    assertThat(no.code()).isEqualTo(1);
    assertThat(no.out()).isEqualTo("bob may not set /a/b: the reason\n  prohibits group g /a/*\n");
    member.answering("/v1/explain", 200, JSON, explained.formatted("true"));
    assertThat(ask(asked).code()).isZero();
  }

  @Test
  void whatMakesNoSenseIsAMistakeOfUsage() {
    Ran fly = ask("permission", "allow", "--group", "g", "--path", "/a", "--action", "fly");
    assertThat(fly.code()).isEqualTo(2);
    assertThat(fly.err()).contains("expected one of get, set, on");
    assertThat(ask("permission", "allow", "--path", "/a", "--action", "get").code()).isEqualTo(2);
    assertThat(
            ask(
                    "permission",
                    "remove",
                    "--group",
                    "g",
                    "--user",
                    "u",
                    "--path",
                    "/a",
                    "--action",
                    "get")
                .code())
        .isEqualTo(2);
    assertThat(ask("user", "set", "bob").code()).isEqualTo(2);
    assertThat(ask("user", "set", "bob", "--custom-data", "[1]").err())
        .contains("expected a JSON object");
    assertThat(ask("user", "set", "bob", "--public-key", "/no/such/file").code()).isEqualTo(2);
    assertThat(asked("", "token", "revoke").code()).isEqualTo(2);
  }

  @Test
  void lookupTablesAreShownAndChanged() {
    member.answering("/v1/lookup_tables", 200, JSON, "{\"tables\":[\"devices\"]}");
    String rule =
        "{\"group\":\"g\",\"table\":\"devices\",\"regex\":\"^/d/(.)$\",\"actions\":[\"get\","
            + "\"on\"],\"path\":\"d/{{$1}}\"}";
    member.answering("/v1/lookup_permissions", 200, JSON, "{\"permissions\":[" + rule + "]}");
    assertThat(ask("lookup", "list").out())
        .isEqualTo(
            """
            tables  devices
            GROUP  TABLE    ACTIONS  REGEX     PATH
            g      devices  get,on   ^/d/(.)$  d/{{$1}}
            """);
    String table = "{\"name\":\"devices\",\"paths\":[\"d/1\",\"d/2\"]}";
    member.answering("/v1/lookup_tables/devices", 200, JSON, table);
    assertThat(ask("lookup", "show", "devices").out()).isEqualTo("d/1\nd/2\n");
    assertThat(ask("lookup", "add", "devices", "d/1", "d/2").out())
        .isEqualTo("table devices has 2 paths\n");
    member.answering("/v1/lookup_tables/devices", 200, JSON, "{\"removed\":1}");
    assertThat(ask("lookup", "remove", "devices", "d/1").out())
        .isEqualTo("removed 1 of table devices\n");
    assertThat(ask("lookup", "remove", "devices").code()).isEqualTo(2);
    assertThat(ask("lookup", "remove", "devices", "d/1", "--all").code()).isEqualTo(2);
    member.answering("/v1/lookup_permissions", 200, JSON, rule);
    String[] where = {
      "--group", "g", "--table", "devices", "--regex", "^/d/(.)$", "--path", "d/{{$1}}"
    };
    List<String> allow = new ArrayList<>(List.of("lookup", "allow", "--action", "get,on"));
    allow.addAll(List.of(where));
    assertThat(ask(allow.toArray(new String[0])).out())
        .isEqualTo("group g may get,on what table devices has\n");
    member.answering("/v1/lookup_permissions", 200, JSON, "{\"removed\":0}");
    List<String> disallow = new ArrayList<>(List.of("lookup", "disallow"));
    disallow.addAll(List.of(where));
    assertThat(ask(disallow.toArray(new String[0])).out())
        .isEqualTo("there is no such permission\n");
  }

  @Test
  void whatSessionsDoIsShown() {
    member.answering(
        "/v1/activity",
        200,
        JSON,
        "{\"activity\":[{\"session\":\"s1\",\"username\":\"bob\",\"member\":\"b\","
            + "\"action\":\"set\",\"path\":\"/a\",\"authorized\":false,"
            + "\"reason\":\"unauthorized\",\"at\":"
            + (System.currentTimeMillis() + 60_000)
            + "}],\"total\":1,\"unanswered\":[],\"silent\":[\"c\"]}");
    Ran activity = ask("session", "activity");
    assertThat(activity.out())
        .isEqualTo(
            """
            SESSION  USER  MEMBER  AGO    ACTION  PATH  REFUSED
            s1       bob   b       0.0 s  set     /a    unauthorized
            """);
    assertThat(activity.code()).isEqualTo(1);
    assertThat(activity.err())
        .contains("nothing is recorded on c; 'muster settings set security.log_session_activity");
    member.answering(
        "/v1/listeners",
        200,
        JSON,
        "{\"session\":\"s1\",\"member\":\"b\",\"listeners\":[{\"reference\":\"s1-1\","
            + "\"action\":\"all\",\"pattern\":\"/a/**\",\"depth\":5,\"narrowed\":true,"
            + "\"as\":\"\"}]}");
    assertThat(ask("session", "listeners", "s1").out())
        .isEqualTo(
            """
            REFERENCE  EVENTS  PATTERN  DEPTH  NARROWED  AS
            s1-1       all     /a/**    5      yes       -
            """);
  }

  @Test
  void sessionsAndTokensAreListed() {
    String session =
        "{\"id\":\"s1\",\"parent\":\"s1\",\"username\":\"bob\",\"member\":\"b\","
            + "\"address\":\"10.0.0.9\",\"protocol\":\"happn_4\",\"since\":"
            + (System.currentTimeMillis() + 60_000)
            + ",\"requests\":5}";
    member.answering(
        "/v1/sessions",
        200,
        JSON,
        "{\"sessions\":[" + session + "],\"total\":3,\"unanswered\":[]}");
    assertThat(ask("session", "list").out())
        .isEqualTo(
            """
            ID  USER  MEMBER  FROM      FOR    REQUESTS
            s1  bob   b       10.0.0.9  0.0 s  5
            and 2 more; see --limit
            """);
    member.answering(
        "/v1/sessions", 200, JSON, "{\"sessions\":[],\"total\":0,\"unanswered\":[\"c\"]}");
    Ran partly = ask("session", "list");
    assertThat(partly.code()).isEqualTo(1);
    assertThat(partly.err()).contains("did not tell their sessions: c");
    member.answering("/v1/sessions/s1", 200, JSON, "{\"ended\":\"s1\",\"member\":\"b\"}");
    assertThat(ask("session", "end", "s1").out()).isEqualTo("ended on member b\n");

    String token =
        "{\"id\":\"t1\",\"username\":\"bob\",\"reason\":\"lost\",\"at\":1795253126932,"
            + "\"until\":0}";
    member.answering("/v1/tokens", 200, JSON, "{\"tokens\":[" + token + "]}");
    assertThat(ask("token", "list").out())
        .isEqualTo(
            """
            ID  USER  REVOKED               KEPT UNTIL  REASON
            t1  bob   2026-11-21T09:25:26Z  for ever    lost
            """);
    member.answering("/v1/tokens", 200, JSON, token);
    assertThat(asked("a.b.c\n", "token", "revoke").out()).isEqualTo("revoked token t1 of bob\n");
    member.answering("/v1/tokens/t1", 200, JSON, "{\"removed\":0}");
    assertThat(ask("token", "restore", "t1").out()).isEqualTo("no such token is revoked\n");
  }
}
