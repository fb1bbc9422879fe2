package io.muster.protocols.happn;

import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.gateway.Listening;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
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

  /// What is sent again at once; a client that missed more is not to be ended as slow for it.
  private static final long MISSED_BYTES_MAX = 8 << 20;

  /// A subscription as the client knows it.
  ///
  /// @param number the client's own of it, before `happn_2`, where it gave one
  /// @param other in whose name the session listens, or null for its own
  private record Held(
      int reference,
      String path,
      @Nullable String number,
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
    fromMeta(o);
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
                resuming(o),
                r.narrowed == null ? null : new HappnDelivery.Narrowed(r.other)));
    s.queue()
        .add(
            () -> {
              if (s.ended()) return null;
              if (!resuming(o)) return seated(r, wish, faces.realtime().subscribe(wish), "");
              if (o.since == null) return resume(r, wish, true);
              CompletableFuture<Boolean> caughtUp = faces.realtime().catchUp();
              return new RequestQueue.Wait(caughtUp, () -> resume(r, wish, caughtUp.join()));
            });
  }

  /// Clients of happn-3 send `meta`, and nothing else, again when they connect again: so a position
  /// may stand there as well.
  private static void fromMeta(Request.Options o) {
    byte[] meta = o.meta;
    if (meta == null) return;
    byte[] object = new JsonOut(meta.length + 2).raw('{').raw(meta).raw('}').toBytes();
    byte[] position = Login.rawMember(object, "position");
    o.position |= position != null && position[0] == 't';
    byte[] since = Login.rawMember(object, "since");
    if (o.since == null && since != null && since[0] == '"') o.since = Login.text(since);
  }

  private static boolean resuming(Request.Options o) {
    return o.position || o.since != null;
  }

  /// Goes on from a position, or begins to tell positions. What was missed is sent before anything
  /// that is published from now on, and before the answer.
  private RequestQueue.@Nullable Wait resume(Request r, Subscription wish, boolean caughtUp) {
    if (s.ended()) return null;
    HappnDelivery delivery = (HappnDelivery) wish.delivery();
    Realtime.Resumed how = faces.realtime().resume(wish, r.options.since, caughtUp);
    if (bytes(how.missed()) > MISSED_BYTES_MAX) {
      how = new Realtime.Resumed(false, "too_much", List.of(), how.position(), how.effective());
    }
    // Where the client is as long as it has not got what it missed.
    String where = how.missed().isEmpty() ? how.position() : String.valueOf(r.options.since);
    s.connection().send(s.answers().resumed(s.protocolName(), delivery.channel(), how, where));
    for (Publication p : how.missed()) {
      if (delivery.selective() && !delivery.wants(p, s)) continue;
      s.connection().send(delivery.encode(p, s.scratch(), s.connection().frames()));
    }
    JsonOut more = new JsonOut(128);
    if (r.options.since != null) {
      more.raw(",\"recovered\":").raw(how.recovered() ? "true" : "false");
      more.raw(",\"reason\":").string(how.reason());
    }
    more.raw(",\"position\":").string(how.position());
    return seated(r, wish, how.effective(), new String(more.toBytes(), StandardCharsets.UTF_8));
  }

  private static long bytes(List<Publication> all) {
    long n = 0;
    for (Publication p : all) n += 400L + p.data().length;
    return n;
  }

  /// The subscriber gets events; its answer follows once that is so on all members.
  ///
  /// @param more members of the answer
  private RequestQueue.@Nullable Wait seated(
      Request r, Subscription wish, @Nullable CompletableFuture<Void> effective, String more) {
    Request.Options o = r.options;
    int reference = ++references;
    String number = s.counts() ? o.listenerId : null;
    HappnDelivery delivery = (HappnDelivery) wish.delivery();
    listening.add(new Held(reference, delivery.channel(), number, r.other, wish));
    if (!o.initialCallback && !o.initialEmit) {
      if (effective == null) {
        subscribed(r, reference, more);
        return null;
      }
      return new RequestQueue.Wait(
          effective,
          () -> {
            subscribed(r, reference, more);
            return null;
          });
    }
    CompletableFuture<Void> first =
        effective == null ? CompletableFuture.completedFuture(null) : effective;
    return new RequestQueue.Wait(first, () -> initial(r, wish.pattern(), reference));
  }

  private String reference(int n) {
    return s.session() + "-" + n;
  }

  private void subscribed(Request r, int reference, String more) {
    byte[] data =
        ("{\"id\":\"" + reference(reference) + "\"" + more + "}").getBytes(StandardCharsets.UTF_8);
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

  void off(Request r) {
    if (!s.may(r, null, null)) return;
    s.answer(
        () -> {
          String reference = r.options.referenceId;
          List<Held> ending = reference == null ? meant(r) : referred(reference);
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
          for (Held l : ending) {
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

  private List<Held> referred(String reference) {
    return listening.stream().filter(l -> reference(l.reference).equals(reference)).toList();
  }

  /// What is ended by its path. Before `happn_2` clients hold several subscriptions of a path and
  /// say which of them, by their own number, or how many: these are equal to them. Never those of
  /// another path: all that clients of 1.13 to 3.1 subscribe to counts one.
  private List<Held> meant(Request r) {
    if ("*".equals(r.path)) return List.copyOf(listening);
    List<Held> there = listening.stream().filter(l -> l.path.equals(r.path)).toList();
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
