package io.muster.protocols.happn;

import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.gateway.Listening;
import io.muster.realtime.Subscription;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.SortKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What one session listens to: `on` and `off`. On the session's lane.
final class Subscriptions {
  private static final int COUNT_MAX = 10_000;
  private static final int DEPTH = 5;

  /// A subscription as the client knows it.
  ///
  /// @param refCount the client's own number of it, before `happn_2`
  /// @param other in whose name the session listens, or null for its own
  private record Held(
      int reference,
      String path,
      @Nullable String refCount,
      @Nullable String other,
      Subscription subscription) {}

  private final HappnSession s;
  private final HappnProtocol.Faces faces;
  private final List<Held> listening = new ArrayList<>(1);
  private int references;

  Subscriptions(HappnSession s, HappnProtocol.Faces faces) {
    this.s = s;
    this.faces = faces;
  }

  /// The session has gone.
  void close() {
    for (Held l : listening) faces.realtime().unsubscribe(l.subscription);
    listening.clear();
  }

  void on(Request r) {
    Paths.Channel channel = r.path == null ? null : Paths.channel(r.path);
    String asked = channel == null ? r.path : channel.pattern();
    if (!s.may(r, Action.ON, asked) || !s.supported(r)) return;
    String why = Paths.objection(r.path, false);
    if (why != null) {
      s.badPath(r, why);
      return;
    }
    if (channel == null || r.path == null) {
      s.badPath(
          r, "Bad path [" + r.path + "], expected /ALL@, /SET@ or /REMOVE@ before the pattern");
      return;
    }
    if (listening.size() >= COUNT_MAX) {
      s.refuse(r, "SystemError", 503, "a session may have " + COUNT_MAX + " subscriptions");
      return;
    }
    Request.Options o = r.options;
    String path = r.path;
    Subscription wish =
        new Subscription(
            s,
            channel.pattern(),
            channel.set(),
            channel.remove(),
            o.depth > 0 ? o.depth : DEPTH,
            new HappnDelivery(
                s.protocolName(),
                path,
                o.depth,
                o.merge,
                r.narrowed == null ? null : new HappnDelivery.Narrowed(r.other)));
    s.queue()
        .add(
            () -> {
              if (s.ended()) return null;
              CompletableFuture<Void> effective = faces.realtime().subscribe(wish);
              int reference = ++references;
              String refCount = s.counts() ? o.refCount : null;
              listening.add(new Held(reference, path, refCount, r.other, wish));
              if (!o.initialCallback && !o.initialEmit) {
                if (effective == null) {
                  subscribed(r, reference);
                  return null;
                }
                return new RequestQueue.Wait(
                    effective,
                    () -> {
                      subscribed(r, reference);
                      return null;
                    });
              }
              CompletableFuture<Void> first =
                  effective == null ? CompletableFuture.completedFuture(null) : effective;
              return new RequestQueue.Wait(first, () -> initial(r, channel.pattern(), reference));
            });
  }

  private String reference(int n) {
    return s.session() + "-" + n;
  }

  private void subscribed(Request r, int reference) {
    byte[] data = ("{\"id\":\"" + reference(reference) + "\"}").getBytes(StandardCharsets.US_ASCII);
    s.connection().send(s.answers().plain(r, s.protocolName(), data));
    s.resume();
  }

  private RequestQueue.Wait initial(Request r, String pattern, int reference) {
    String query = pattern.endsWith("/**") ? pattern.substring(0, pattern.length() - 1) : pattern;
    int depth = r.options.depth > 0 ? r.options.depth : DEPTH;
    var found = faces.store().list(ListQuery.all(query).by(SortKey.BY_MODIFIED));
    return new RequestQueue.Wait(
        found,
        () -> {
          if (found.isCompletedExceptionally()) {
            // A client that was refused does not listen: it would get events it cannot end.
            forget(reference);
            s.storeFailed(r, found);
            return null;
          }
          List<PathRecord> records = found.join();
          if (pattern.endsWith("**")) {
            int base = segments(pattern) - 1;
            records = records.stream().filter(x -> segments(x.path()) - base <= depth).toList();
          }
          Actor narrowed = r.narrowed;
          if (narrowed != null) {
            records = records.stream().filter(x -> narrowed.allows(Action.ON, x.path())).toList();
          }
          s.connection()
              .send(s.answers().initial(r, s.protocolName(), records, reference(reference)));
          if (s.counts() && r.options.initialEmit) push(r, records);
          s.resume();
          return null;
        });
  }

  /// Ends what is not allowed any more. What is narrowed stays: its rights are asked for with each
  /// event, and more may be granted again.
  void keep(SessionUser user) {
    for (Iterator<Held> i = listening.iterator(); i.hasNext(); ) {
      Held l = i.next();
      Paths.Channel channel = Paths.channel(l.path);
      if (l.subscription.delivery().selective()) continue;
      if (channel != null && user.mayListen(l.other, channel.pattern())) continue;
      faces.realtime().unsubscribe(l.subscription);
      i.remove();
    }
  }

  /// As administration shows them.
  List<Listening> shown() {
    return listening.stream()
        .map(
            l ->
                new Listening(
                    reference(l.reference),
                    l.subscription.set() && l.subscription.remove()
                        ? "all"
                        : l.subscription.set() ? "set" : "remove",
                    l.subscription.pattern(),
                    l.subscription.depth(),
                    l.subscription.delivery().selective(),
                    l.other == null ? "" : l.other))
        .toList();
  }

  private void forget(int reference) {
    for (Iterator<Held> i = listening.iterator(); i.hasNext(); ) {
      Held l = i.next();
      if (l.reference != reference) continue;
      faces.realtime().unsubscribe(l.subscription);
      i.remove();
    }
  }

  /// Before `happn_2` clients do not take initial values out of the answer: they come as events.
  private void push(Request r, List<PathRecord> records) {
    for (PathRecord record : records) {
      s.connection().send(s.answers().pushed(r, s.protocolName(), record, s.session(), r.by));
    }
  }

  private static int segments(String path) {
    int n = 1;
    for (int i = 1; i < path.length(); i++) if (path.charAt(i) == '/') n++;
    return n;
  }

  /// The reference that an older client means by its own number; null when it has none by it, and
  /// then its path counts.
  private @Nullable String counted(Request r) {
    if (r.options.refCount == null) return r.options.referenceId;
    for (Held l : listening) {
      if (r.options.refCount.equals(l.refCount)) return reference(l.reference);
    }
    return null;
  }

  void off(Request r) {
    if (!s.may(r, null, null)) return;
    s.answer(
        () -> {
          String reference = s.counts() ? counted(r) : r.options.referenceId;
          JsonOut removed = new JsonOut(128);
          removed.raw("{\"id\":");
          if (reference == null) removed.raw("null");
          else removed.string(reference);
          removed.raw(",\"removed\":[");
          boolean first = true;

          for (Iterator<Held> i = listening.iterator(); i.hasNext(); ) {
            Held l = i.next();
            boolean match =
                reference != null
                    ? reference(l.reference).equals(reference)
                    : "*".equals(r.path) || l.path.equals(r.path);
            if (!match) continue;
            faces.realtime().unsubscribe(l.subscription);
            i.remove();
            if (!first) removed.raw(',');
            first = false;
            removed.raw("{\"id\":").string(reference(l.reference)).raw('}');
          }
          removed.raw("]}");
          s.connection().send(s.answers().plain(r, s.protocolName(), removed.toBytes()));
        });
  }
}
