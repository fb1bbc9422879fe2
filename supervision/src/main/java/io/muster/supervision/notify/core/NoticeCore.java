package io.muster.supervision.notify.core;

import io.muster.supervision.notify.Silence;
import io.muster.supervision.notify.core.News.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What people are told of what happens.
///
/// 1. News of a cluster gather for a *window* from the first on; then there is one notice.
/// 2. Of a subject the last state counts. One that is back where people believe it to be is not
///    told at all; one that they were told of already is not told again, but once per *repeat*
///    while it lasts, where that is asked for.
/// 3. Good news are told to who was told the bad ones, and to nobody else.
/// 4. What a silence matches is kept back. If it still holds when the silence is over, it is told
///    then; if not, never.
/// 5. A cluster has at most so many notices per *period*; what is too much gathers on until the
///    next is allowed.
///
/// Pure; owned by one thread; all times are arguments, of one clock that people read.
public final class NoticeCore {
  /// Subjects of which something is remembered; beyond, the news of others are only counted.
  private static final int SUBJECTS_MAX = 20_000;

  private static final int ITEMS_MAX = 50;

  /// @param window zero tells at once
  /// @param repeat while something lasts; zero never
  /// @param most notices of a cluster in a period, from 1
  public record Rules(Duration window, Duration repeat, int most, Duration period) {
    public Rules {
      if (window.isNegative() || repeat.isNegative() || most < 1 || period.isNegative()) {
        throw new IllegalArgumentException("rules of notices: " + window + " " + repeat);
      }
    }
  }

  private record Subject(String cluster, String name) {}

  private static final class Standing {
    News last;
    Severity told = Severity.GOOD;
    String toldState = "";
    Instant toldAt = Instant.EPOCH;
    boolean fresh = true;

    Standing(News last) {
      this.last = last;
    }
  }

  private static final class Cluster {
    final Map<Subject, Standing> subjects = new LinkedHashMap<>();
    final List<Instant> notices = new ArrayList<>();
    Instant due = Instant.MAX;
    long leftOut;
  }

  private final Rules rules;
  private final Map<String, Cluster> clusters = new LinkedHashMap<>();
  private int subjects;

  public NoticeCore(Rules rules) {
    this.rules = rules;
  }

  /// Something happened; told by [#tick] when its time has come.
  public void happened(News news, Instant now) {
    Cluster c = clusters.computeIfAbsent(news.cluster(), _ -> new Cluster());
    Subject key = new Subject(news.cluster(), news.subject() + "\0" + family(news));
    Standing s = c.subjects.get(key);
    if (s == null) {
      if (subjects >= SUBJECTS_MAX) {
        c.leftOut++;
        return;
      }
      subjects++;
      c.subjects.put(key, new Standing(news));
    } else {
      s.last = news;
      s.fresh = true;
    }
    Instant due = now.plus(rules.window);
    if (due.isBefore(c.due)) c.due = due;
  }

  /// News of the same family follow each other: a state another state, a drain a drain.
  private static String family(News n) {
    return switch (n.event()) {
      case "raft.quorum_lost", "raft.quorum_regained" -> "quorum";
      case "nodes.state", "nodes.contested" -> "state";
      default -> n.event();
    };
  }

  /// What is to be told now. Call about once a second.
  public List<Notice> tick(Instant now, Collection<Silence> silences) {
    List<Notice> notices = new ArrayList<>();
    clusters.forEach(
        (name, c) -> {
          if (now.isBefore(c.due) && !repeats(c, now)) return;
          if (!allowed(c, now)) return;
          notice(name, c, now, silences)
              .ifPresent(
                  n -> {
                    notices.add(n);
                    c.notices.add(now);
                  });
        });
    return notices;
  }

  private boolean allowed(Cluster c, Instant now) {
    c.notices.removeIf(at -> !at.plus(rules.period).isAfter(now));
    return c.notices.size() < rules.most;
  }

  private boolean repeats(Cluster c, Instant now) {
    if (rules.repeat.isZero()) return false;
    for (Standing s : c.subjects.values()) if (overdue(s, now)) return true;
    return false;
  }

  private boolean overdue(Standing s, Instant now) {
    return !rules.repeat.isZero()
        && s.told.compareTo(Severity.NOTICE) > 0
        && !s.fresh
        && !s.toldAt.plus(rules.repeat).isAfter(now);
  }

  private Optional<Notice> notice(
      String name, Cluster c, Instant now, Collection<Silence> silences) {
    c.due = Instant.MAX;
    List<News> items = new ArrayList<>();
    List<Subject> over = new ArrayList<>();
    for (Map.Entry<Subject, Standing> e : c.subjects.entrySet()) {
      Standing s = e.getValue();
      if (!s.fresh && !overdue(s, now)) continue;
      News n = s.last;
      Instant end = silencedUntil(n, silences, now);
      if (end != null) {
        // Looked at again when it is over, or when it was taken back.
        Instant again = end.isBefore(now.plusSeconds(5)) ? end : now.plusSeconds(5);
        if (again.isBefore(c.due)) c.due = again;
        continue;
      }
      boolean known = n.severity() == s.told && n.state().equals(s.toldState) && s.fresh;
      boolean neverTold = n.severity() == Severity.GOOD && s.told == Severity.GOOD;
      s.fresh = false;
      if (neverTold || known) {
        if (n.severity() == Severity.GOOD) over.add(e.getKey());
        continue;
      }
      if (items.size() < ITEMS_MAX) items.add(n);
      else c.leftOut++;
      s.told = n.severity();
      s.toldState = n.state();
      s.toldAt = now;
      // Nothing follows on what only has to be known, and what is well needs no memory.
      if (n.severity().compareTo(Severity.NOTICE) <= 0) over.add(e.getKey());
    }
    for (Subject key : over) if (c.subjects.remove(key) != null) subjects--;
    if (items.isEmpty()) return Optional.empty();
    items.sort(Comparator.comparing(News::severity).reversed().thenComparing(News::subject));
    boolean recovery = items.stream().allMatch(n -> n.severity() == Severity.GOOD);
    Notice notice = new Notice(name, recovery, items, c.leftOut);
    c.leftOut = 0;
    return Optional.of(notice);
  }

  private static @Nullable Instant silencedUntil(
      News n, Collection<Silence> silences, Instant now) {
    Instant end = null;
    for (Silence s : silences) {
      if (s.matches(n, now) && (end == null || s.until().isAfter(end))) end = s.until();
    }
    return end;
  }

  /// Whether nobody is to be told of it now.
  public static boolean silenced(News news, Collection<Silence> silences, Instant now) {
    return silencedUntil(news, silences, now) != null;
  }

  /// Subjects of which something is remembered.
  public int remembered() {
    return subjects;
  }
}
