package io.muster.admin;

import io.muster.access.Directory;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.Membership;
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
/// `admin.sessions`. A question is the JSON head `{"v":1,"do":"list"|"end"|"revoke",…}`, the answer
/// one JSON object, with `error` and `detail` when it failed.
public final class LinkedSessions implements Sessions {
  private static final Logger log = LoggerFactory.getLogger(LinkedSessions.class);
  private static final String SERVICE = "admin.sessions";
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int ANSWER_MAX = 64 << 20;

  private final Directory directory;
  private final Links links;
  private final Membership membership;

  private LinkedSessions(Directory directory, Links links, Membership membership) {
    this.directory = directory;
    this.links = links;
    this.membership = membership;
  }

  /// Begins to answer the other members.
  public static LinkedSessions serve(Directory directory, Links links, Membership membership) {
    LinkedSessions sessions = new LinkedSessions(directory, links, membership);
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
      long until = System.nanoTime() + PATIENCE.toNanos();
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
    try (LinkStream stream = links.open(member.address(), SERVICE, head, PATIENCE)) {
      stream.end();
      InputStream in = stream.input(PATIENCE);
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
    OutputStream out = stream.output(PATIENCE);
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

  private void list(JsonNode question, ObjectNode answer) {
    String user = question.path("user").asString("*");
    int limit = Math.clamp(question.path("limit").asInt(1), 1, LIMIT_MAX);
    List<Directory.SessionView> all =
        directory.sessions().stream()
            .filter(s -> meets(user, s.username()))
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

  /// Pieces between stars, each found after the one before: linear in the name.
  private static boolean meets(String pattern, String name) {
    if (pattern.indexOf('*') < 0) return pattern.equals(name);
    String[] pieces = pattern.split("\\*", -1);
    String last = pieces[pieces.length - 1];
    if (!name.startsWith(pieces[0])) return false;
    int from = pieces[0].length();
    for (int i = 1; i < pieces.length - 1; i++) {
      int at = name.indexOf(pieces[i], from);
      if (at < 0) return false;
      from = at + pieces[i].length();
    }
    return name.length() - last.length() >= from && name.endsWith(last);
  }
}
