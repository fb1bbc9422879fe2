package io.muster.admin;

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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Questions that members answer each other, one JSON object each way, on a link stream of their
/// own. A member of a release that does not know them refuses the stream and is named as one that
/// did not answer; the link goes on.
///
/// Asking blocks: never on a lane or an I/O thread. Answers are given on virtual threads.
public final class Questions {
  /// Answers longer than this are refused.
  private static final int ANSWER_MAX = 8 << 20;

  /// Answers a question about this member. May block, and may fail with a MusterException, whose
  /// code and message reach whoever asked.
  @FunctionalInterface
  public interface Answering {
    ObjectNode answer(JsonNode question);
  }

  /// What came of a question, by the names of the members.
  ///
  /// @param told their answers
  /// @param untold why there is none: a message
  public record Answers(Map<String, JsonNode> told, Map<String, String> untold) {}

  private final String service;
  private final Links links;
  private final Membership membership;
  private final Answering answering;

  private Questions(String service, Links links, Membership membership, Answering answering) {
    this.service = service;
    this.links = links;
    this.membership = membership;
    this.answering = answering;
  }

  /// Begins to answer the other members.
  ///
  /// @param service the name of the link stream, the same on all members
  public static Questions serve(
      String service, Links links, Membership membership, Answering answering) {
    Questions q = new Questions(service, links, membership, answering);
    links.onStream(service, q::serve);
    return q;
  }

  /// An empty question.
  ///
  /// @param what is asked, the member `do` of the question
  public static ObjectNode question(String what) {
    return Exchange.JSON.createObjectNode().put("v", 1).put("do", what);
  }

  /// An empty answer.
  public static ObjectNode object() {
    return Exchange.JSON.createObjectNode();
  }

  /// As JSON.
  public static JsonNode tree(Object value) {
    return Exchange.JSON.valueToTree(value);
  }

  /// Asks members, this one perhaps among them, all at once.
  ///
  /// @param patience longest wait for all of them together
  public Answers ask(List<Member> members, JsonNode question, Duration patience) {
    byte[] head = Exchange.JSON.writeValueAsBytes(question);
    Map<String, JsonNode> told = new TreeMap<>();
    Map<String, String> untold = new TreeMap<>();
    record Asked(String name, Future<JsonNode> answer) {}
    // Not closed but shut down: closing would wait for those that do not answer.
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      List<Asked> asked = new ArrayList<>();
      for (Member m : members) {
        boolean self = m.id().equals(membership.self().id());
        asked.add(
            new Asked(
                m.name(),
                threads.submit(
                    () -> self ? answering.answer(question) : askOne(m, head, patience))));
      }
      long until = System.nanoTime() + patience.toNanos();
      for (Asked a : asked) {
        try {
          long left = Math.max(1, until - System.nanoTime());
          told.put(a.name, a.answer.get(left, TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
          untold.put(a.name, "no answer within " + patience.toSeconds() + " s");
        } catch (ExecutionException e) {
          Throwable why = e.getCause() == null ? e : e.getCause();
          untold.put(a.name, String.valueOf(why.getMessage()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.NOT_STARTED, "the member stops", e);
    } finally {
      threads.shutdownNow();
    }
    return new Answers(told, untold);
  }

  private JsonNode askOne(Member member, byte[] head, Duration patience) throws IOException {
    try (LinkStream stream = links.open(member.address(), service, head, patience)) {
      stream.end();
      InputStream in = stream.input(patience);
      byte[] answer = in.readNBytes(ANSWER_MAX + 1);
      if (answer.length > ANSWER_MAX) throw new IOException("an answer beyond 8 MiB");
      JsonNode node = Exchange.JSON.readTree(answer);
      if (!node.isObject()) throw new IOException("an answer that is no object");
      return node;
    }
  }

  private void serve(LinkStream stream) throws IOException {
    JsonNode question;
    try {
      question = Exchange.JSON.readTree(stream.head());
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.LINK_REFUSED, "expected JSON: " + e.getOriginalMessage(), e);
    }
    ObjectNode answer = answering.answer(question);
    try (OutputStream out = stream.output(Duration.ofSeconds(10))) {
      out.write(Exchange.JSON.writeValueAsBytes(answer));
    }
  }
}
