package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.it.HappnClients.Refused;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The browser client that members serve, in a real browser.
class BrowserTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String CONNECT =
      """
      window.events = [];
      window.happened = [];
      window.client = await HappnClient.create(arg);
      for (const e of ['reconnect-scheduled', 'reconnect-successful', 'connection-ended', 'session-ended']) {
        client.onEvent(e, () => happened.push(e));
      }
      return client.session.id;
      """;
  private static Cluster cluster;
  private static Browser browser;
  private static int next;

  @BeforeAll
  static void start() {
    browser = new Browser();
    cluster = Cluster.start("browser", 3, "a password of the tests");
  }

  @AfterAll
  static void stop() {
    if (browser != null) browser.close();
    if (cluster != null) cluster.close();
  }

  private static String origin(int member) {
    return "http://127.0.0.1:" + cluster.member(member).clientPort();
  }

  private static Browser.Page page(int member) {
    return browser.open("p" + ++next, origin(member));
  }

  /// A page that is connected to the member which served it.
  private static Browser.Page connected(int member) {
    Browser.Page p = page(member);
    p.run(CONNECT, Map.of("username", "_ADMIN", "password", cluster.member(0).password()));
    return p;
  }

  private static void eventually(Browser.Page page, String what, String condition) {
    Eventually.within(SOON, what, () -> page.run("return " + condition).asBoolean());
  }

  @Test
  void pagesOnTwoMembersSeeEachOthersEvents() {
    Browser.Page a = connected(0);
    Browser.Page b = connected(1);
    String listen =
        """
        await client.on('/chat/*', (data, meta) => events.push([data.text, meta.path, meta.action]));
        """;
    a.run(listen);
    b.run(listen);

    a.run("await client.set('/chat/a', { text: 'from a' })");
    b.run("await client.publish('/chat/b', { text: 'von b: ä€😀' })");

    String expected =
        "[[\"from a\",\"/chat/a\",\"/SET@/chat/a\"],"
            + "[\"von b: ä€😀\",\"/chat/b\",\"/SET@/chat/b\"]]";
    for (Browser.Page p : List.of(a, b)) {
      eventually(p, "both events", "events.length === 2");
      assertThat(p.run("return events.sort()").toString()).isEqualTo(expected);
    }
  }

  @Test
  void theWholeSurfaceWorks() {
    Browser.Page p = connected(2);

    JsonNode r =
        p.run(
            """
            const r = {};
            r.set = await client.set('/s/1', { a: 1 });
            r.merged = await client.set('/s/1', { b: 2 }, { merge: true });
            r.text = await client.set('/s/2', 'text');
            r.nothing = await client.get('/s/none');
            r.list = await client.get('/s/*');
            r.listMeta = r.list[0]._meta.path;
            r.paths = (await client.getPaths('/s/*')).map((x) => x._meta.path);
            r.count = (await client.count('/s/*')).value;
            r.one = (await client.increment('/s/gauge')).value;
            r.five = (await client.increment('/s/gauge', 'counter', 4)).value;
            r.null = await client.set('/s/null', null);
            r.removed = (await client.remove('/s/2')).removed;
            r.callback = await new Promise((yes, no) =>
              client.get('/s/1', (e, record) => (e ? no(e) : yes(record.b))));
            r.refused = await client.set('/bad/*', {}).catch((e) => e.message);
            r.missing = await client.set(5, {}).catch((e) => e.message);
            return r;
            """);

    assertThat(r.path("set").path("_meta").path("published").asBoolean()).isTrue();
    assertThat(r.path("merged").path("a").asInt()).isEqualTo(1);
    assertThat(r.path("merged").path("b").asInt()).isEqualTo(2);
    assertThat(r.path("text").path("value").asString()).isEqualTo("text");
    assertThat(r.path("nothing").isNull()).isTrue();
    assertThat(r.path("list").size()).isEqualTo(2);
    assertThat(r.path("listMeta").asString()).isEqualTo("/s/1");
    assertThat(r.path("paths").toString()).isEqualTo("[\"/s/1\",\"/s/2\"]");
    assertThat(r.path("count").asInt()).isEqualTo(2);
    assertThat(r.path("one").asInt()).isEqualTo(1);
    assertThat(r.path("five").asInt()).isEqualTo(5);
    assertThat(r.path("removed").asInt()).isEqualTo(1);
    assertThat(r.path("callback").asInt()).isEqualTo(2);
    assertThat(r.path("refused").asString()).contains("cannot contain the * wildcard");
    assertThat(r.path("missing").asString()).contains("must be a string");
  }

  @Test
  void subscriptionsBeginAndEndAsToldAndEqualOnesShareAFrame() {
    Browser.Page p = connected(0);

    JsonNode r =
        p.run(
            """
            const got = {};
            const to = (name) => (data) => (got[name] = got[name] || []).push(data.n);
            const next = (n, path) => client.set(path || '/u/x', { n });
            const r = { got };
            const one = await client.on('/u/x', to('one'));
            const two = await client.on('/u/x', to('two'));
            await client.once('/u/x', to('once'));
            await client.on('/u/x', { event_type: 'remove' }, (d) => to('removes')({ n: d.removed }));
            await client.on('/u/**', { depth: 1 }, to('deep1'));
            await client.on('/u/**', { depth: 3 }, to('deep3'));
            const all = await client.onAll(to('all'));
            await next(1);
            await next(2, '/u/y/z');
            await client.off(one);
            await next(3);
            await client.remove('/u/x');
            await client.offPath('/u/*');
            await next(4);
            await client.off(all);
            await next(5);
            r.initial = await new Promise((yes, no) =>
              client.on('/u/*', { initialCallback: true }, to('late'), (e, handle, records) =>
                e ? no(e) : yes(records.map((x) => x.n))));
            await client.on('/u/*', { initialEmit: true }, to('emitted'));
            await next(6);
            await client.offAll();
            await next(7);
            r.left = client._subscriptions.size;
            return r;
            """);

    JsonNode got = r.path("got");
    assertThat(got.path("one").toString()).isEqualTo("[1]");
    assertThat(got.path("two").toString()).startsWith("[1,3");
    assertThat(got.path("once").toString()).isEqualTo("[1]");
    assertThat(got.path("removes").toString()).isEqualTo("[1]");
    assertThat(got.path("deep1").toString()).startsWith("[1,3");
    assertThat(got.path("deep3").toString()).startsWith("[1,2,3");
    assertThat(got.path("all").toString()).startsWith("[1,2,3").endsWith("4]");
    assertThat(r.path("initial").toString()).contains("5").contains("2");
    assertThat(got.path("late").toString()).isEqualTo("[6]");
    assertThat(got.path("emitted").toString()).endsWith(",6]").contains("2").contains("5");
    assertThat(r.path("left").asInt()).isZero();
  }

  @Test
  void logInsAreRefusedWithTheirReasonAndTheTokenIsKeptInACookie() {
    Browser.Page p = page(1);
    assertThatThrownBy(() -> p.run(CONNECT, Map.of("username", "_ADMIN", "password", "wrong")))
        .isInstanceOf(Refused.class)
        .hasMessage("Invalid credentials")
        .extracting(e -> ((Refused) e).code)
        .isEqualTo(401);
    assertThatThrownBy(() -> p.run(CONNECT, Map.of())).hasMessageContaining("are needed");
    p.run(CONNECT, Map.of("username", "_ADMIN", "password", cluster.member(0).password()));

    assertThat(p.run("return document.cookie").asString()).startsWith("happn_token=ey");
    p.run(CONNECT, Map.of("useCookie", true));
    assertThat(p.run("return client.session.user.username").asString()).isEqualTo("_ADMIN");
    assertThat(p.run("return (await fetch('/anything')).status").asInt()).isEqualTo(404);
    p.run("await client.disconnect({ deleteCookie: true })");
    assertThat(p.run("return document.cookie").asString()).isEmpty();
    assertThat(p.run("return (await fetch('/anything')).status").asInt()).isEqualTo(401);
    assertThat(p.run("return happened.join()").asString()).isEqualTo("connection-ended");
    assertThat(p.run("return client.set('/x', 1).catch((e) => e.name)").asString())
        .isEqualTo("ClientNotActive");
  }

  @Test
  void aKilledMembersPagesComeBackAndListenAgain() {
    String password = cluster.member(0).password();
    MemberProcess victim = cluster.member(2);
    Browser.Page stays = browser.open("stays", origin(2));
    Browser.Page moves = browser.open("moves", origin(2));
    Browser.Page writer = connected(0);
    Map<String, ?> slow = Map.of("min", 50, "max", 500);
    stays.run(CONNECT, Map.of("username", "_ADMIN", "password", password, "reconnect", slow));
    moves.run(
        CONNECT,
        Map.of(
            "username",
            "_ADMIN",
            "password",
            password,
            "hosts",
            List.of(
                "127.0.0.1:" + victim.clientPort(), "127.0.0.1:" + cluster.member(1).clientPort()),
            "reconnect",
            slow));
    for (Browser.Page p : List.of(stays, moves)) {
      p.run("await client.on('/kill/**', { depth: 2 }, (d) => events.push(d.n))");
      p.run("window.before = client.session.id");
    }
    writer.run("await client.set('/kill/a/b', { n: 1 })");
    eventually(stays, "the first event", "events.includes(1)");

    victim.kill();

    eventually(moves, "another member", "happened.includes('reconnect-successful')");
    writer.run("await client.set('/kill/a/b', { n: 2 })");
    eventually(moves, "an event by the other member", "events.includes(2)");
    eventually(stays, "attempts", "happened.filter((e) => e === 'reconnect-scheduled').length > 2");
    assertThat(stays.run("return client.get('/x').catch((e) => e.name)").asString())
        .isEqualTo("ClientNotActive");
    victim.start().awaitReady(Cluster.READY);
    eventually(stays, "its member again", "happened.includes('reconnect-successful')");
    writer.run("await client.set('/kill/a/b', { n: 3 })");
    for (Browser.Page p : List.of(stays, moves)) {
      eventually(p, "the third event", "events.includes(3)");
      assertThat(p.run("return events.filter((n) => n === 3).length").asInt()).isEqualTo(1);
      assertThat(p.run("return before !== client.session.id").asBoolean()).isTrue();
      assertThat(p.run("return happened").toString()).doesNotContain("connection-ended");
    }
    assertThat(stays.run("return events").toString()).isEqualTo("[1,3]");
  }
}
