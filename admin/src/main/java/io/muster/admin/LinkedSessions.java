package io.muster.admin;

import io.muster.access.Directory;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.Listening;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.spi.store.Wildcards;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// [Sessions] over the links: every member serves its own to the others, on the stream
/// `admin.sessions`. A question is the JSON head `{"v":1,"do":"list"|"end"|"revoke"|"activity"|
/// "listening",…}`, the answer one JSON object, with `error` and `detail` when it failed.
public final class LinkedSessions implements Sessions {
  private static final Logger log = LoggerFactory.getLogger(LinkedSessions.class);
  private static final String SERVICE = "admin.sessions";
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int ANSWER_MAX = 64 << 20;

  private final Directory directory;
  private final Links links;
  private final Membership membership;
  private final ClientProtocol protocol;
  private final Duration patience;

  private LinkedSessions(
      Directory directory,
      Links links,
      Membership membership,
      ClientProtocol protocol,
      Duration patience) {
    this.directory = directory;
    this.links = links;
    this.membership = membership;
    this.protocol = protocol;
    this.patience = patience;
  }

  /// Begins to answer the other members.
  ///
  /// @param protocol knows what sessions listen to
  public static LinkedSessions serve(
      Directory directory, Links links, Membership membership, ClientProtocol protocol) {
    return serve(directory, links, membership, protocol, PATIENCE);
  }

  /// @param patience longest wait for all members together
  static LinkedSessions serve(
      Directory directory,
      Links links,
      Membership membership,
      ClientProtocol protocol,
      Duration patience) {
    LinkedSessions sessions = new LinkedSessions(directory, links, membership, protocol, patience);
    links.onStream(SERVICE, sessions::serve);
    return sessions;
  }

  // --- asking

  @Override
  public Found list(String user, int limit) {
    ObjectNode question = question("list").put("user", user).put("limit", limit);
    Answers all = ask(question);
    List<Held> found = new ArrayList<>();
    long total = 0;
    for (JsonNode answer : all.told) {
      String member = answer.path("member").asString("");
      total += answer.path("total").asLong(0);
      for (JsonNode s : answer.path("sessions")) found.add(new Held(member, view(s)));
    }
    found.sort(
        Comparator.comparing(Held::member).thenComparingLong((Held h) -> h.session().since()));
    return new Found(List.copyOf(found), total, all.unanswered);
  }

  @Override
  public Optional<String> end(String session, String reason) {
    return one("end", session, reason).map(a -> a.path("member").asString(""));
  }

  @Override
  public Optional<Directory.Revoked> revoke(String session, String reason) {
    return one("revoke", session, reason)
        .map(
            a -> {
              JsonNode t = a.path("token");
              return new Directory.Revoked(
                  t.path("id").asString(""),
                  t.path("username").asString(""),
                  t.path("reason").asString(""),
                  t.path("at").asLong(0),
                  t.path("until").asLong(0));
            });
  }

  @Override
  public Acts activity(String user, int limit) {
    Answers all = ask(question("activity").put("user", user).put("limit", limit));
    List<Done> found = new ArrayList<>();
    List<String> silent = new ArrayList<>();
    List<String> unanswered = new ArrayList<>(all.unanswered);
    long total = 0;
    for (JsonNode answer : all.told) {
      String member = answer.path("member").asString("");
      // A release that records nothing refuses the question.
      if (answer.has("error")) unanswered.add(member);
      else if (!answer.path("recorded").asBoolean(false)) silent.add(member);
      total += answer.path("total").asLong(0);
      for (JsonNode a : answer.path("activity")) {
        found.add(new Done(member, Exchange.JSON.treeToValue(a, Directory.Activity.class)));
      }
    }
    found.sort(Comparator.comparingLong((Done d) -> d.activity().at()).reversed());
    return new Acts(
        List.copyOf(found),
        total,
        unanswered.stream().sorted().toList(),
        silent.stream().sorted().toList());
  }

  @Override
  public Optional<Ears> listening(String session) {
    return one("listening", session, "")
        .map(
            a -> {
              List<Listening> all = new ArrayList<>();
              for (JsonNode l : a.path("listening")) {
                all.add(Exchange.JSON.treeToValue(l, Listening.class));
              }
              return new Ears(a.path("member").asString(""), List.copyOf(all));
            });
  }

  private static ObjectNode question(String what) {
    return Exchange.JSON.createObjectNode().put("v", 1).put("do", what);
  }

  /// The answer of the member that has the session.
  private Optional<JsonNode> one(String what, String session, String reason) {
    ObjectNode question = question(what).put("session", session).put("reason", reason);
    // It is here more often than not: nobody else need be troubled then.
    JsonNode here = answer(question);
    if (here.has("error")) throw failure(here);
    if (here.path("found").asBoolean(false)) return Optional.of(here);
    Answers all = askOthers(question);
    for (JsonNode answer : all.told) {
      if (answer.has("error")) throw failure(answer);
      if (answer.path("found").asBoolean(false)) return Optional.of(answer);
    }
    if (all.unanswered.isEmpty()) return Optional.empty();
    throw new MusterException(
        ErrorCode.LINK_TIMEOUT,
        "no member that answered has the session "
            + session
            + "; not known of "
            + String.join(", ", all.unanswered));
  }

  private static MusterException failure(JsonNode answer) {
    String name = answer.path("error").asString("");
    ErrorCode code = ErrorCode.LINK_REFUSED;
    for (ErrorCode c : ErrorCode.values()) if (c.code().equals(name)) code = c;
    return new MusterException(code, answer.path("detail").asString(name));
  }

  private record Answers(List<JsonNode> told, List<String> unanswered) {}

  private record Asked(String name, Future<JsonNode> answer) {}

  private Answers ask(ObjectNode question) {
    Answers others = askOthers(question);
    List<JsonNode> told = new ArrayList<>(others.told);
    told.add(answer(question));
    return new Answers(told, others.unanswered);
  }

  private Answers askOthers(ObjectNode question) {
    byte[] head = Exchange.JSON.writeValueAsBytes(question);
    List<JsonNode> told = new ArrayList<>();
    List<String> unanswered = new ArrayList<>();
    // Not closed but shut down: closing would wait for those that do not answer.
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      List<Asked> asked = new ArrayList<>();
      for (Member m : membership.present()) {
        if (m.id().equals(membership.self().id())) continue;
        asked.add(new Asked(m.name(), threads.submit(() -> askOne(m, head))));
      }
      long until = System.nanoTime() + patience.toNanos();
      for (Asked a : asked) {
        try {
          long left = Math.max(1, until - System.nanoTime());
          told.add(a.answer.get(left, TimeUnit.NANOSECONDS));
        } catch (TimeoutException | ExecutionException e) {
          Throwable why = e.getCause() == null ? e : e.getCause();
          log.info("sessions_not_told member={} reason=\"{}\"", a.name, why.toString());
          unanswered.add(a.name);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.NOT_STARTED, "the member stops", e);
    } finally {
      threads.shutdownNow();
    }
    return new Answers(told, unanswered.stream().sorted().toList());
  }

  private JsonNode askOne(Member member, byte[] head) throws IOException {
    try (LinkStream stream = links.open(member.address(), SERVICE, head, patience)) {
      stream.end();
      InputStream in = stream.input(patience);
      byte[] answer = in.readNBytes(ANSWER_MAX + 1);
      if (answer.length > ANSWER_MAX) throw new IOException("an answer beyond 64 MiB");
      JsonNode node = Exchange.JSON.readTree(answer);
      if (!node.isObject()) throw new IOException("an answer that is no object");
      return node;
    }
  }

  private static Directory.SessionView view(JsonNode s) {
    return new Directory.SessionView(
        s.path("id").asString(""),
        s.path("parent").asString(""),
        s.path("username").asString(""),
        s.path("protocol").asString(""),
        s.path("address").asString(""),
        s.path("stateful").asBoolean(false),
        s.path("since").asLong(0),
        s.path("requests").asLong(0));
  }

  // --- answering

  private void serve(LinkStream stream) throws IOException {
    JsonNode answer;
    try {
      answer = answer(Exchange.JSON.readTree(stream.head()));
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.LINK_REFUSED, "expected JSON: " + e.getOriginalMessage(), e);
    }
    OutputStream out = stream.output(patience);
    out.write(Exchange.JSON.writeValueAsBytes(answer));
  }

  /// What this member knows and does; a failure is an answer as well.
  private JsonNode answer(JsonNode question) {
    ObjectNode answer = Exchange.JSON.createObjectNode();
    answer.put("member", membership.self().name());
    String session = question.path("session").asString("");
    String reason = question.path("reason").asString("");
    try {
      switch (question.path("do").asString("")) {
        case "list" -> list(question, answer);
        case "end" -> {
          boolean found = directory.disconnect(session, reason);
          if (found) log.info("session_ended session={} reason=\"{}\" by=admin", session, reason);
          answer.put("found", found);
        }
        case "revoke" -> {
          Optional<Directory.Revoked> revoked = Waiting.on(directory.revokeOf(session, reason));
          answer.put("found", revoked.isPresent());
          revoked.ifPresent(t -> answer.set("token", Exchange.JSON.valueToTree(t)));
        }
        case "activity" -> activity(question, answer);
        case "listening" -> {
          Optional<List<Listening>> here = listeningHere(session);
          answer.put("found", here.isPresent());
          answer.set("listening", Exchange.JSON.valueToTree(here.orElse(List.of())));
        }
        default ->
            throw new MusterException(
                ErrorCode.LINK_REFUSED, "this release cannot " + question.path("do"));
      }
    } catch (MusterException e) {
      answer.put("error", e.code().code());
      answer.put("detail", String.valueOf(e.getMessage()));
    }
    return answer;
  }

  /// A lane that is busy for longer than anybody waits must not hold a thread for ever.
  private Optional<List<Listening>> listeningHere(String session) {
    try {
      return protocol.listening(session).get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new MusterException(ErrorCode.LINK_TIMEOUT, "the lanes did not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.NOT_STARTED, "the member stops", e);
    }
  }

  private void activity(JsonNode question, ObjectNode answer) {
    String user = question.path("user").asString("*");
    int limit = Math.clamp(question.path("limit").asInt(1), 1, LIMIT_MAX);
    List<Directory.Activity> all =
        directory.activity().stream()
            .filter(a -> Wildcards.matches(user, a.username(), false))
            .toList();
    answer.put("recorded", directory.recordsActivity());
    answer.put("total", all.size());
    answer.set("activity", Exchange.JSON.valueToTree(all.stream().limit(limit).toList()));
  }

  private void list(JsonNode question, ObjectNode answer) {
    String user = question.path("user").asString("*");
    int limit = Math.clamp(question.path("limit").asInt(1), 1, LIMIT_MAX);
    List<Directory.SessionView> all =
        directory.sessions().stream()
            .filter(s -> Wildcards.matches(user, s.username(), false))
            .sorted(Comparator.comparingLong(Directory.SessionView::since))
            .toList();
    answer.put("total", all.size());
    answer.set(
        "sessions",
        Exchange.JSON.valueToTree(all.stream().limit(limit).map(LinkedSessions::told).toList()));
  }

  private static Map<String, Object> told(Directory.SessionView s) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("id", s.id());
    m.put("parent", s.parent());
    m.put("username", s.username());
    m.put("protocol", s.protocol());
    m.put("address", s.address());
    m.put("stateful", s.stateful());
    m.put("since", s.since());
    m.put("requests", s.requests());
    return m;
  }
}
