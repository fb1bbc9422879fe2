package io.muster.realtime.core;

import io.muster.kernel.MemberId;
import io.muster.realtime.Receipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Publications whose recipients confirm them: who has to, who has, and what the publisher is told.
///
/// Each member counts for the recipients it serves. One that got the publication from another tells
/// the outcome to that one, once: all have confirmed, or the time is over. The publisher's member
/// waits for its own recipients and for one report of each member it sent to. A member that fails
/// before it reported makes the outcome incomplete, since nobody knows of its recipients.
///
/// A recipient is one (session, delivery): a session with two subscriptions that match has to
/// confirm twice. Not safe for several threads.
public final class Acknowledgements {
  /// What is done with an outcome, by whoever called.
  public sealed interface Outcome {
    Receipt receipt();

    /// Tell the publisher, a session of this member.
    record Tell(String publication, Receipt receipt) implements Outcome {}

    /// Report to the member the publication came from.
    record Report(String publication, MemberId to, Receipt receipt) implements Outcome {}
  }

  private static final class Open {
    final String id;
    final @Nullable MemberId from;
    final long deadlineNanos;
    final Map<String, Integer> outstanding = new HashMap<>();
    final Set<MemberId> members = new HashSet<>();
    boolean delivered;
    boolean broken;
    int successful;
    int failed;
    int skipped;
    int acknowledged;

    Open(String id, @Nullable MemberId from, long deadlineNanos) {
      this.id = id;
      this.from = from;
      this.deadlineNanos = deadlineNanos;
    }

    Outcome outcome(boolean complete) {
      Receipt r = new Receipt(successful, failed, skipped, acknowledged, complete && !broken);
      return from == null ? new Outcome.Tell(id, r) : new Outcome.Report(id, from, r);
    }
  }

  private final int openMax;

  /// By publication, oldest first; all have the same time.
  private final Map<String, Open> open = new LinkedHashMap<>();

  /// @param openMax publications that may wait at once
  public Acknowledgements(int openMax) {
    this.openMax = openMax;
  }

  public boolean isEmpty() {
    return open.isEmpty();
  }

  /// Begins to count, before the first recipient gets the publication.
  ///
  /// @param from the member it came from; null for one of this member's own sessions
  /// @return false when too many wait already, or this one does
  public boolean begin(String id, @Nullable MemberId from, long deadlineNanos) {
    if (open.size() >= openMax || open.containsKey(id)) return false;
    open.put(id, new Open(id, from, deadlineNanos));
    return true;
  }

  /// A report of this member will be needed.
  public void awaits(String id, MemberId member) {
    Open o = open.get(id);
    if (o != null) o.members.add(member);
  }

  /// Handed to recipients of one lane.
  ///
  /// @param sessions one entry for each delivery
  public void handed(String id, List<String> sessions, int successful, int failed, int skipped) {
    Open o = open.get(id);
    if (o == null) return;
    for (String s : sessions) o.outstanding.merge(s, 1, Integer::sum);
    o.successful += successful;
    o.failed += failed;
    o.skipped += skipped;
  }

  /// All lanes have had it.
  public @Nullable Outcome delivered(String id) {
    Open o = open.get(id);
    if (o == null) return null;
    o.delivered = true;
    return finished(o);
  }

  /// A session confirms one delivery; harmless when nobody waits for it.
  public @Nullable Outcome acknowledged(String id, String session) {
    Open o = open.get(id);
    if (o == null) return null;
    Integer left = o.outstanding.get(session);
    if (left == null) return null;
    if (left == 1) o.outstanding.remove(session);
    else o.outstanding.put(session, left - 1);
    o.acknowledged++;
    return finished(o);
  }

  /// A member tells how it went there.
  public @Nullable Outcome reported(String id, MemberId member, Receipt receipt) {
    Open o = open.get(id);
    if (o == null || !o.members.remove(member)) return null;
    o.successful += receipt.successful();
    o.failed += receipt.failed();
    o.skipped += receipt.skipped();
    o.acknowledged += receipt.acknowledged();
    o.broken |= !receipt.complete();
    return finished(o);
  }

  /// A member has failed or left.
  public List<Outcome> gone(MemberId member) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Open o : List.copyOf(open.values())) {
      if (member.equals(o.from)) {
        open.remove(o.id);
      } else if (o.members.remove(member)) {
        o.broken = true;
        Outcome done = finished(o);
        if (done != null) outcomes.add(done);
      }
    }
    return outcomes;
  }

  /// Gives up on those whose time is over.
  public List<Outcome> expired(long nowNanos) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Iterator<Open> i = open.values().iterator(); i.hasNext(); ) {
      Open o = i.next();
      if (nowNanos - o.deadlineNanos < 0) break;
      i.remove();
      outcomes.add(o.outcome(false));
    }
    return outcomes;
  }

  private @Nullable Outcome finished(Open o) {
    if (!o.delivered || !o.outstanding.isEmpty() || !o.members.isEmpty()) return null;
    open.remove(o.id);
    return o.outcome(true);
  }
}
