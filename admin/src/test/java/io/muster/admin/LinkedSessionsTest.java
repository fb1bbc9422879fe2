package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.access.AccessSession;
import io.muster.access.Action;
import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.gateway.Listening;
import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.membership.KnownMembers;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sessions of three members: this one, one that answers, and one that is there and says nothing.
class LinkedSessionsTest {
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final String FOREIGN =
      "{\"id\":\"s-b\",\"parent\":\"s-b\",\"username\":\"bea\",\"protocol\":\"happn_4\","
          + "\"address\":\"10.0.0.2\",\"stateful\":true,\"since\":5,\"requests\":7}";
  private static final String DONE =
      "{\"session\":\"s-b\",\"username\":\"bea\",\"action\":\"get\",\"path\":\"/b\","
          + "\"authorized\":true,\"reason\":\"\",\"at\":9}";
  private static final String HEARD =
      "{\"reference\":\"s-b-1\",\"action\":\"all\",\"pattern\":\"/b/*\",\"depth\":5,"
          + "\"narrowed\":true,\"as\":\"cid\"}";

  @TempDir Path directory;
  private SecureFixture secure;
  private final Peers links = new Peers();
  private final KnownMembers members = new KnownMembers(member("a", 1));
  private final CountDownLatch never = new CountDownLatch(1);
  private volatile boolean lanesAnswer = true;
  private LinkedSessions sessions;

  private static Member member(String name, int n) {
    return new Member(
        new MemberId(String.valueOf(n).repeat(32)),
        name,
        1,
        Set.of(Role.CONTROL),
        "happn-cluster-node",
        new Address("127.0.0.1", n),
        Map.of(),
        MemberState.ALIVE);
  }

  @BeforeEach
  void start() {
    secure = new SecureFixture(directory);
    members.joined(member("b", 2));
    sessions =
        LinkedSessions.serve(secure.access.directory(), links, members, new Protocol(), PATIENCE);
  }

  @AfterEach
  void stop() {
    never.countDown();
    secure.close();
  }

  private AccessSession bob() throws Exception {
    secure.result("security.users.upsertUser", "[{\"username\":\"bob\",\"password\":\"p\"}]");
    return secure.login("bob", "p");
  }

  private void aThirdThatDoesNotAnswer() {
    members.joined(member("c", 3));
  }

  @Test
  void whoDoesNotAnswerIsNamedAndTheOthersAreListed() throws Exception {
    AccessSession bob = bob();
    aThirdThatDoesNotAnswer();

    Sessions.Found found = sessions.list("b*", 10);

    assertThat(found.unanswered()).containsExactly("c");
    assertThat(found.total()).isEqualTo(2);
    assertThat(found.sessions().stream().map(h -> h.member() + " " + h.session().id()))
        .containsExactly("a " + bob.id(), "b s-b");
  }

  @Test
  void aSessionThatNobodyHasIsUnknownWhileSomebodyIsSilent() throws Exception {
    AccessSession bob = bob();
    assertThat(sessions.end("nobody's", "why")).isEmpty();
    aThirdThatDoesNotAnswer();

    assertThatThrownBy(() -> sessions.end("nobody's", "why"))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LINK_TIMEOUT))
        .hasMessageContaining("not known of c");
    assertThatThrownBy(() -> sessions.listening("nobody's")).hasMessageContaining("not known of c");
    // Where it was found nobody else matters.
    assertThat(sessions.end("s-b", "why")).contains("b");
    assertThat(sessions.end(bob.id(), "why")).contains("a");
  }

  @Test
  void whatSessionsAskedLastComesFromAllWhoRecordIt() throws Exception {
    AccessSession bob = bob();

    assertThat(sessions.activity("*", 10).silent()).containsExactly("a");
    secure.access.recordActivity(true);
    bob.check(Action.SET, "/a");
    aThirdThatDoesNotAnswer();
    Sessions.Acts acts = sessions.activity("*", 10);

    assertThat(acts.silent()).isEmpty();
    assertThat(acts.unanswered()).containsExactly("c");
    assertThat(acts.total()).isEqualTo(2);
    // The latest first.
    assertThat(acts.activity().stream().map(d -> d.member() + " " + d.activity().path()))
        .containsExactly("a /a", "b /b");
    assertThat(sessions.activity("nobody", 10).activity())
        .extracting(Sessions.Done::member)
        .containsExactly("b");
  }

  @Test
  void aMemberOfAnotherReleaseCountsAsUnanswered() {
    links.refuses = true;

    assertThat(sessions.activity("*", 10).unanswered()).containsExactly("b");
  }

  @Test
  void listenersAreToldByTheMemberThatHasTheSession() {
    assertThat(sessions.listening("here"))
        .contains(
            new Sessions.Ears("a", List.of(new Listening("here-1", "set", "/a/**", 3, false, ""))));
    assertThat(sessions.listening("s-b"))
        .contains(
            new Sessions.Ears("b", List.of(new Listening("s-b-1", "all", "/b/*", 5, true, "cid"))));
    assertThat(sessions.listening("nobody's")).isEmpty();
  }

  @Test
  void lanesThatDoNotAnswerAreAnError() {
    lanesAnswer = false;

    assertThatThrownBy(() -> sessions.listening("here"))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LINK_TIMEOUT));
  }

  private final class Protocol implements ClientProtocol {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public boolean webSocket(String path) {
      return false;
    }

    @Override
    public Session open(ClientConnection connection) {
      throw new UnsupportedOperationException("no connections here");
    }

    @Override
    public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
      return null;
    }

    @Override
    public CompletableFuture<Optional<List<Listening>>> listening(String session) {
      if (!lanesAnswer) return new CompletableFuture<>();
      return CompletableFuture.completedFuture(
          session.equals("here")
              ? Optional.of(List.of(new Listening("here-1", "set", "/a/**", 3, false, "")))
              : Optional.empty());
    }
  }

  /// `b` answers what it is asked, `c` takes the question and says nothing.
  private final class Peers implements Links {
    private volatile boolean refuses;

    @Override
    public LinkStream open(Address peer, String service, byte[] head, Duration limit) {
      return new Stream(peer.port() == 2 ? answer(head) : null);
    }

    private String answer(byte[] head) {
      if (refuses) return "{\"member\":\"b\",\"error\":\"link_refused\",\"detail\":\"?\"}";
      var asked = Exchange.JSON.readTree(head);
      boolean mine = asked.path("session").asString("").equals("s-b");
      return "{\"member\":\"b\","
          + switch (asked.path("do").asString()) {
            case "list" -> "\"total\":1,\"sessions\":[" + FOREIGN + "]}";
            case "activity" -> "\"recorded\":true,\"total\":1,\"activity\":[" + DONE + "]}";
            case "listening" ->
                "\"found\":" + mine + ",\"listening\":[" + (mine ? HEARD : "") + "]}";
            default -> "\"found\":" + mine + "}";
          };
    }

    @Override
    public void start() {}

    @Override
    public Address listening() {
      return new Address("127.0.0.1", 1);
    }

    @Override
    public void onCall(LinkChannel channel, CallHandler handler) {}

    @Override
    public void onMessage(LinkChannel channel, MessageHandler handler) {}

    @Override
    public AutoCloseable observe(LinkObserver observer) {
      return () -> {};
    }

    @Override
    public void keep(Address peer) {}

    @Override
    public void forget(Address peer, String reason) {}

    @Override
    public Collection<LinkPeer> peers() {
      return List.of();
    }

    @Override
    public boolean linked(Address peer) {
      return true;
    }

    @Override
    public CompletableFuture<byte[]> call(
        Address peer, LinkChannel channel, byte[] request, Duration timeout) {
      return CompletableFuture.failedFuture(new IllegalStateException("no calls here"));
    }

    @Override
    public boolean send(Address peer, LinkChannel channel, byte[] message) {
      return false;
    }

    @Override
    public void onStream(String service, StreamHandler handler) {}

    @Override
    public void close() {}
  }

  private final class Stream implements LinkStream {
    private @Nullable String answer;
    private final boolean silent;

    Stream(@Nullable String answer) {
      this.answer = answer;
      this.silent = answer == null;
    }

    @Override
    public LinkPeer peer() {
      throw new UnsupportedOperationException("nobody asks");
    }

    @Override
    public String service() {
      return "admin.sessions";
    }

    @Override
    public byte[] head() {
      return new byte[0];
    }

    @Override
    public byte @Nullable [] read(Duration limit) {
      if (silent) {
        try {
          never.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        throw new MusterException(ErrorCode.LINK_TIMEOUT, "nothing came");
      }
      String now = answer;
      answer = null;
      return now == null ? null : now.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void write(byte[] bytes, Duration limit) {}

    @Override
    public void end() {}

    @Override
    public void reset(ErrorCode code, String text) {}

    @Override
    public void close() {}
  }
}
