package io.muster.protocols.happn;

import io.muster.access.Action;
import io.muster.realtime.Subscription;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.SortKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one session listens to: `on` and `off`. On the session's lane.
final class Subscriptions {
  private static final int COUNT_MAX = 10_000;
  private static final int DEPTH = 5;

  /// A subscription as the client knows it.
  ///
  /// @param number the client's own of it, before `happn_2`, where it gave one
  private record Listening(
      int reference, String path, @Nullable String number, Subscription subscription) {}

  private final HappnSession s;
  private final HappnProtocol.Faces faces;
  private final List<Listening> listening = new ArrayList<>(1);
  private int references;

  Subscriptions(HappnSession s, HappnProtocol.Faces faces) {
    this.s = s;
    this.faces = faces;
  }

  /// The session has gone.
  void close() {
    for (Listening l : listening) faces.realtime().unsubscribe(l.subscription);
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
            new HappnDelivery(s.protocolName(), path, o.depth, o.merge));
    s.queue()
        .add(
            () -> {
              if (s.ended()) return null;
              CompletableFuture<Void> effective = faces.realtime().subscribe(wish);
              int reference = ++references;
              String number = s.counts() ? o.listenerId : null;
              listening.add(new Listening(reference, path, number, wish));
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
          s.connection()
              .send(s.answers().initial(r, s.protocolName(), records, reference(reference)));
          if (s.counts() && r.options.initialEmit) push(r, records);
          s.resume();
          return null;
        });
  }

  /// Ends what is not allowed any more.
  ///
  /// @param allowed whether a pattern may be listened to
  void keep(Predicate<String> allowed) {
    for (Iterator<Listening> i = listening.iterator(); i.hasNext(); ) {
      Listening l = i.next();
      Paths.Channel channel = Paths.channel(l.path);
      if (channel != null && allowed.test(channel.pattern())) continue;
      faces.realtime().unsubscribe(l.subscription);
      i.remove();
    }
  }

  private void forget(int reference) {
    for (Iterator<Listening> i = listening.iterator(); i.hasNext(); ) {
      Listening l = i.next();
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

  void off(Request r) {
    if (!s.may(r, null, null)) return;
    s.answer(
        () -> {
          String reference = r.options.referenceId;
          List<Listening> ending = reference == null ? meant(r) : referred(reference);
          // The oldest clients expect a reference in any case; here they learn what was ended.
          if (reference == null && s.counts() && ending.size() == 1) {
            reference = reference(ending.getFirst().reference);
          }
          JsonOut removed = new JsonOut(128);
          removed.raw("{\"id\":");
          if (reference == null) removed.raw("null");
          else removed.string(reference);
          removed.raw(",\"removed\":[");
          boolean first = true;
          for (Listening l : ending) {
            faces.realtime().unsubscribe(l.subscription);
            listening.remove(l);
            if (!first) removed.raw(',');
            first = false;
            removed.raw("{\"id\":").string(reference(l.reference)).raw('}');
          }
          removed.raw("]}");
          s.connection().send(s.answers().plain(r, s.protocolName(), removed.toBytes()));
        });
  }

  private List<Listening> referred(String reference) {
    return listening.stream().filter(l -> reference(l.reference).equals(reference)).toList();
  }

  /// What is ended by its path. Before `happn_2` clients hold several subscriptions of a path and
  /// say which of them, by their own number, or how many: these are equal to them. Never those of
  /// another path: all that clients of 1.13 to 3.1 subscribe to counts one.
  private List<Listening> meant(Request r) {
    if ("*".equals(r.path)) return List.copyOf(listening);
    List<Listening> there = listening.stream().filter(l -> l.path.equals(r.path)).toList();
    if (!s.counts()) return there;
    String number = r.options.listenerId;
    if (number != null && !number.startsWith("-")) {
      return there.stream().filter(l -> number.equals(l.number)).limit(1).toList();
    }
    int count = count(r.options.refCount);
    return count == 0 ? there : there.stream().limit(count).toList();
  }

  private static int count(@Nullable String text) {
    return text != null && text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }
}
