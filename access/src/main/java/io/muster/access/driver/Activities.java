package io.muster.access.driver;

import io.muster.access.Directory.Activity;
import io.muster.kernel.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What sessions asked last, while it is recorded. Safe on any thread.
///
/// An open session holds its own; here are those that have ended, and those of tokens that are
/// shown with single requests, at most 10,000, the oldest going first.
final class Activities {
  static final int ENDED_MAX = 10_000;

  private final TimeSource time;
  private final long ttlMillis;
  private volatile boolean on;

  /// By session, the last that asked at the end; guarded by itself.
  private final Map<String, Activity> ended = new LinkedHashMap<>();

  Activities(TimeSource time, Duration ttl, boolean on) {
    this.time = time;
    this.ttlMillis = ttl.toMillis();
    this.on = on;
  }

  boolean on() {
    return on;
  }

  /// What was recorded is forgotten when it ends.
  void on(boolean now) {
    on = now;
    if (now) return;
    synchronized (ended) {
      ended.clear();
    }
  }

  /// Keeps what nobody holds any more.
  void keep(Activity last) {
    if (!on) return;
    synchronized (ended) {
      ended.remove(last.session());
      ended.put(last.session(), last);
      Iterator<Activity> oldest = ended.values().iterator();
      while (oldest.hasNext()) {
        Activity next = oldest.next();
        if (ended.size() <= ENDED_MAX && !tooOld(next)) break;
        oldest.remove();
      }
    }
  }

  private boolean tooOld(Activity a) {
    return time.now().toEpochMilli() - a.at() > ttlMillis;
  }

  /// All that is recorded, the last first.
  List<Activity> all(Collection<OpenSession> open) {
    if (!on) return List.of();
    Map<String, Activity> found;
    synchronized (ended) {
      found = new LinkedHashMap<>(ended);
    }
    for (OpenSession s : open) {
      Activity last = s.lastActivity();
      if (last != null) found.put(s.id(), last);
    }
    List<Activity> all = new ArrayList<>(found.values());
    all.removeIf(this::tooOld);
    all.sort((a, b) -> Long.compare(b.at(), a.at()));
    return all;
  }
}
