package io.muster.realtime.core;

import io.muster.kernel.MemberId;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Who was in touch when: questions to all members, and which of them each has answered.
///
/// A member that answers a question has been alive after it was asked, and everything that it sent
/// before its answer has arrived. Not safe for several threads.
public final class CatchUp {
  private static final int QUESTIONS_MAX = 256;

  private record Answer(long question, long askedNanos) {}

  private final LinkedHashMap<Long, Long> asked = new LinkedHashMap<>();
  private final Map<MemberId, Answer> answers = new HashMap<>();
  private long questions;

  /// The number of a new question.
  public long ask(long nowNanos) {
    long n = ++questions;
    asked.put(n, nowNanos);
    if (asked.size() > QUESTIONS_MAX) asked.remove(asked.firstEntry().getKey());
    return n;
  }

  public void answered(MemberId member, long question) {
    Long at = asked.get(question);
    if (at == null) return;
    Answer before = answers.get(member);
    if (before == null || before.question < question) {
      answers.put(member, new Answer(question, at));
    }
  }

  /// Whether all of them have answered a question, or a later one.
  public boolean all(Collection<MemberId> members, long question) {
    for (MemberId m : members) {
      Answer a = answers.get(m);
      if (a == null || a.question < question) return false;
    }
    return true;
  }

  /// Whether a member was in touch within a time: it has answered what was asked since.
  public boolean inTouch(MemberId member, long sinceNanos) {
    Answer a = answers.get(member);
    return a != null && a.askedNanos - sinceNanos >= 0;
  }

  public void gone(MemberId member) {
    answers.remove(member);
  }
}
