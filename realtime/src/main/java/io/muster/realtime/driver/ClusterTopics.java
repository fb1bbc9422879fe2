package io.muster.realtime.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MusterException;
import io.muster.realtime.Action;
import io.muster.realtime.Delivery;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.Subscriber;
import io.muster.realtime.Subscription;
import io.muster.realtime.Topics;
import io.muster.realtime.core.Masks;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// [Topics] over one lane of a member: it publishes what is sent, in the order it was sent, and
/// takes what comes into a queue, from which a thread of its own tells the listeners.
///
/// **Bounds.** At most [#WAITING_MAX] bytes wait to be published; more is refused. At most as much
/// waits to be told; beyond it messages are left out, counted, and listeners are told how many.
/// Where a lane has too much to do ([Realtime.Published#crowded]) nothing more is published until
/// it has done it.
public final class ClusterTopics implements Topics, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterTopics.class);
  private static final JsonMapper JSON = JsonMapper.shared();
  static final long WAITING_MAX = 32 << 20;

  private static final long CLOSE_MILLIS = 5000;

  /// What a message takes beside its payload, roughly.
  private static final long OVERHEAD = 256;

  private record Sending(byte[] message, CompletableFuture<Void> done) {}

  /// @param topic null for a message as it was published, with its topic in it
  /// @param bytes the message, or the payload where there is a topic
  /// @param missed that many came after what stands before it, and were left out
  private record Heard(@Nullable String topic, byte[] bytes, long missed) {
    long size() {
      return OVERHEAD + bytes.length;
    }
  }

  /// A listener; no record, since the same one may be added twice and each ends for itself.
  private static final class Ear {
    final String topic;
    final Listener listener;

    Ear(String topic, Listener listener) {
      this.topic = topic;
      this.listener = listener;
    }

    boolean hears(String said) {
      return topic.isEmpty() || topic.equals(said);
    }
  }

  /// The member's own subscription.
  private record Seat(String session, Lane lane) implements Subscriber {
    @Override
    public boolean peer() {
      return false;
    }
  }

  private final class Inbox implements Delivery {
    @Override
    public int deliver(Publication publication, Subscriber[] subscribers, int count) {
      hear(null, publication.data());
      return count;
    }
  }

  private final String origin;
  private final String session = "topics-" + UUID.randomUUID();
  private final List<Ear> ears = new CopyOnWriteArrayList<>();
  private volatile @Nullable Thread teller;

  // Under `sending`.
  private final Deque<Sending> sending = new ArrayDeque<>();
  private long sendingBytes;
  private boolean pumping;
  private @Nullable Realtime realtime;
  private @Nullable Lane lane;
  private boolean closed;

  // Under `inbox`.
  private final Deque<Heard> inbox = new ArrayDeque<>();
  private long inboxBytes;
  private long missed;
  private boolean ended;

  /// On the lane.
  private long number;

  private volatile @Nullable Subscription subscription;

  /// @param origin the member's name
  public ClusterTopics(String origin) {
    this.origin = origin;
  }

  /// Begins to send and to hear; once.
  ///
  /// @return completes when all members know that messages are wanted here
  public CompletableFuture<Void> start(Realtime events, Lane on) {
    Subscription s =
        new Subscription(
            new Seat(session, on), Masks.INTERNAL, true, false, Masks.DEPTH, new Inbox());
    subscription = s;
    teller = Thread.ofPlatform().name("topics").daemon(true).start(this::tell);
    CompletableFuture<Void> effective = new CompletableFuture<>();
    boolean offered =
        on.offer(
            () -> {
              try {
                CompletableFuture<Void> known = events.subscribe(s);
                synchronized (sending) {
                  realtime = events;
                  lane = on;
                }
                if (known == null) effective.complete(null);
                else known.whenComplete((_, _) -> effective.complete(null));
              } catch (RuntimeException e) {
                effective.completeExceptionally(e);
              }
            });
    if (!offered) effective.completeExceptionally(notReady());
    return effective;
  }

  private static MusterException notReady() {
    return new MusterException(ErrorCode.REPLICATOR_NOT_READY, "Replicator not ready");
  }

  @Override
  public boolean ready() {
    synchronized (sending) {
      return lane != null && !closed;
    }
  }

  // --- sending

  @Override
  public CompletableFuture<Void> send(String topic, byte[] payload) {
    byte[] message = message(topic, payload);
    Sending s = new Sending(message, new CompletableFuture<>());
    synchronized (sending) {
      Lane on = lane;
      if (closed || on == null) throw notReady();
      if (sendingBytes > 0 && sendingBytes + message.length > WAITING_MAX) {
        throw new MusterException(
            ErrorCode.OVERLOADED,
            "topic '" + topic + "': " + sendingBytes + " bytes wait to be sent already");
      }
      sending.add(s);
      sendingBytes += message.length;
      if (!pumping) {
        pumping = true;
        resume(on);
      }
    }
    return s.done;
  }

  private byte[] message(String topic, byte[] payload) {
    if (topic.isBlank() || topic.length() > TOPIC_MAX) {
      throw invalid(
          "topic: expected a name of 1 to " + TOPIC_MAX + " characters, found " + topic.length());
    }
    if (topic.equals(SECURITY)) {
      throw invalid("topic: " + SECURITY + " is the cluster's own and cannot be sent to");
    }
    if (payload.length > PAYLOAD_MAX) {
      throw invalid("payload: expected at most " + PAYLOAD_MAX + " bytes, found " + payload.length);
    }
    try {
      JsonNode value = JSON.readTree(payload);
      if (value.isMissingNode()) throw invalid("payload: expected JSON, found nothing");
      ObjectNode m = JSON.createObjectNode().put("topic", topic);
      m.set("payload", value);
      return JSON.writeValueAsBytes(m.put("origin", origin));
    } catch (JacksonException e) {
      throw invalid("payload: expected JSON: " + e.getOriginalMessage());
    }
  }

  private static MusterException invalid(String what) {
    return new MusterException(ErrorCode.TOPIC_INVALID, what);
  }

  private void resume(Lane on) {
    if (!on.offer(this::pump)) end();
  }

  /// On the lane: publishes what waits, until a lane has too much to do.
  private void pump() {
    while (true) {
      Sending next;
      Realtime events;
      synchronized (sending) {
        next = sending.poll();
        events = realtime;
        if (next == null || events == null) {
          pumping = false;
          return;
        }
        sendingBytes -= next.message.length;
      }
      Realtime.Published published;
      try {
        published = events.publish(publication(next.message));
      } catch (RuntimeException e) {
        next.done.completeExceptionally(e);
        continue;
      }
      CompletableFuture<Void> rest = published.rest();
      if (rest == null) {
        next.done.complete(null);
        continue;
      }
      rest.whenComplete((_, _) -> next.done.complete(null));
      if (published.crowded()) {
        rest.whenComplete((_, _) -> resumeLater());
        return;
      }
    }
  }

  private void resumeLater() {
    Lane on;
    synchronized (sending) {
      on = lane;
    }
    if (on != null) resume(on);
  }

  private Publication publication(byte[] message) {
    return new Publication(
        Action.SET,
        Masks.INTERNAL,
        message,
        null,
        session,
        ++number,
        0,
        0,
        0,
        2,
        null,
        null,
        null,
        null,
        false);
  }

  // --- hearing

  @Override
  public Hearing on(String topic, Listener listener) {
    Ear ear = new Ear(topic, listener);
    ears.add(ear);
    return () -> ears.remove(ear);
  }

  /// Tells listeners here of something that every member finds out by itself.
  ///
  /// @param payload JSON in UTF-8
  public void told(String topic, byte[] payload) {
    hear(topic, payload);
  }

  private void hear(@Nullable String topic, byte[] bytes) {
    synchronized (inbox) {
      if (ended) return;
      Heard h = new Heard(topic, bytes, missed);
      if (inboxBytes > 0 && inboxBytes + h.size() > WAITING_MAX) {
        missed++;
        return;
      }
      missed = 0;
      inbox.add(h);
      inboxBytes += h.size();
      inbox.notifyAll();
    }
  }

  private void tell() {
    while (true) {
      Heard next;
      synchronized (inbox) {
        try {
          while (inbox.isEmpty() && !ended) inbox.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        next = inbox.poll();
        if (next == null) return;
        inboxBytes -= next.size();
      }
      if (next.missed > 0) left(next.missed);
      try {
        tell(next);
      } catch (JacksonException e) {
        // Whoever may write there may write anything; what is no message is nobody's.
        log.debug("topic_no_message reason=\"{}\"", e.getOriginalMessage());
      }
      long last;
      synchronized (inbox) {
        last = inbox.isEmpty() ? missed : 0;
        if (last > 0) missed = 0;
      }
      if (last > 0) left(last);
    }
  }

  private void left(long count) {
    log.warn("topics_missed count={} reason=\"listeners are too slow\"", count);
    for (Ear e : ears) guarded(() -> e.listener.missed(count));
  }

  private void tell(Heard h) {
    if (h.topic != null) {
      tell(h.topic, h.bytes, true, origin);
      return;
    }
    JsonNode m = JSON.readTree(h.bytes);
    String topic = m.path("topic").asString("");
    // Nobody speaks for the cluster.
    if (topic.isEmpty() || topic.equals(SECURITY) || !m.has("payload")) return;
    String from = m.path("origin").asString("");
    byte[] payload = JSON.writeValueAsBytes(m.get("payload"));
    tell(topic, payload, from.equals(origin), from);
  }

  private void tell(String topic, byte[] payload, boolean local, String from) {
    for (Ear e : ears) {
      if (e.hears(topic)) guarded(() -> e.listener.heard(topic, payload, local, from));
    }
  }

  private static void guarded(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      log.warn("topic_listener_failed", e);
    }
  }

  // --- end

  private void end() {
    List<Sending> given;
    synchronized (sending) {
      closed = true;
      given = List.copyOf(sending);
      sending.clear();
      sendingBytes = 0;
    }
    for (Sending s : given) s.done.completeExceptionally(notReady());
  }

  /// Refuses what is sent from now on; listeners are told what has come, then no more.
  @Override
  public void close() {
    end();
    Subscription s = subscription;
    Realtime events;
    synchronized (sending) {
      events = realtime;
    }
    if (s != null && events != null) {
      s.subscriber().lane().offer(() -> events.unsubscribe(s));
    }
    synchronized (inbox) {
      ended = true;
      inbox.notifyAll();
    }
    Thread telling = teller;
    if (telling == null || Thread.currentThread() == telling) return;
    try {
      telling.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
