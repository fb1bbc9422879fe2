package io.muster.realtime.driver;

import io.muster.realtime.Publication;
import io.muster.realtime.Subscriber;
import io.muster.realtime.Subscription;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All subscribers whose frames are equal: same pattern, actions, depth and delivery.
final class Audience {
  /// What makes subscriptions equal.
  record Key(String pattern, boolean set, boolean remove, int depth, Object delivery) {
    static Key of(Subscription s) {
      return new Key(s.pattern(), s.set(), s.remove(), s.depth(), s.delivery());
    }
  }

  /// The subscribers on one lane. Removal copies, so that a delivery under way keeps its array.
  private static final class Seats {
    Subscriber[] subscribers = new Subscriber[1];
    int[] counts = new int[1];
    volatile int n;
  }

  final Subscription like;
  private final @Nullable Seats[] seats;

  /// Subscribers over all lanes; guarded by the owner's lock.
  int members;

  Audience(Subscription like, int lanes) {
    this.like = like;
    this.seats = new Seats[lanes];
  }

  /// @return whether the subscriber is new here
  boolean add(Subscriber s) {
    int lane = s.lane().index();
    Seats at = seats[lane];
    if (at == null) {
      at = new Seats();
      seats[lane] = at;
    }
    for (int i = 0; i < at.n; i++) {
      if (at.subscribers[i] == s) {
        at.counts[i]++;
        return false;
      }
    }
    if (at.n == at.subscribers.length) {
      int more = Math.max(4, at.n * 2);
      at.subscribers = Arrays.copyOf(at.subscribers, more);
      at.counts = Arrays.copyOf(at.counts, more);
    }
    at.subscribers[at.n] = s;
    at.counts[at.n] = 1;
    at.n++;
    return true;
  }

  /// @return whether the subscriber has gone from here
  boolean remove(Subscriber s) {
    Seats at = seats[s.lane().index()];
    if (at == null) return false;
    for (int i = 0; i < at.n; i++) {
      if (at.subscribers[i] != s) continue;
      if (--at.counts[i] > 0) return false;
      Subscriber[] less = new Subscriber[Math.max(1, at.n - 1)];
      System.arraycopy(at.subscribers, 0, less, 0, i);
      System.arraycopy(at.subscribers, i + 1, less, i, at.n - i - 1);
      System.arraycopy(at.counts, i + 1, at.counts, i, at.n - i - 1);
      at.counts = Arrays.copyOf(at.counts, less.length);
      at.subscribers = less;
      at.n--;
      return true;
    }
    return false;
  }

  boolean on(int lane) {
    Seats at = seats[lane];
    return at != null && at.n > 0;
  }

  /// Delivers to the subscribers of one lane, on that lane.
  void deliver(Publication p, int lane, Tally tally) {
    Seats at = seats[lane];
    if (at == null) return;
    int n = at.n;
    if (n == 0) return;
    Subscriber[] to = at.subscribers;
    List<String> targets = p.targets();
    boolean selective = like.delivery().selective();
    if (targets != null || p.local() || selective) {
      Subscriber[] some = new Subscriber[n];
      int k = 0;
      for (int i = 0; i < n; i++) {
        if (selective && !like.delivery().wants(p, to[i])) continue;
        boolean wanted = targets == null || targets.contains(to[i].session());
        if (wanted && !(p.local() && to[i].peer())) some[k++] = to[i];
        else tally.skipped++;
      }
      if (k == 0) return;
      to = some;
      n = k;
    }
    if (tally.recipients != null) {
      for (int i = 0; i < n; i++) tally.recipients.add(to[i].session());
    }
    int done = like.delivery().deliver(p, to, n);
    tally.successful += done;
    tally.failed += n - done;
  }

  /// Counts of one delivery on one lane.
  static final class Tally {
    /// Sessions it was handed to, one entry for each delivery; null where nobody asks.
    @Nullable List<String> recipients;

    int successful;
    int failed;
    int skipped;

    void add(Tally other) {
      successful += other.successful;
      failed += other.failed;
      skipped += other.skipped;
    }
  }
}
