package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MusterException;
import io.muster.realtime.Realtime;
import io.muster.realtime.Subscription;
import io.muster.realtime.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The streams of `/v1/data/watch` and `/v1/topics`: publications and messages as server-sent
/// events.
///
/// Each watcher is a subscriber on one of the lanes, or listens to topics, with a queue bounded in
/// bytes between the lane and the request's virtual thread, which writes. A watcher that reads too
/// slowly loses its stream instead of holding up a lane: the stream ends with an `overflow` event.
/// One that does not read at all is cut off after [#STALL_MAX], so that it does not keep a place
/// for ever.
final class Watches implements AutoCloseable {
  static final String TYPE = "text/event-stream";
  private static final Logger log = LoggerFactory.getLogger(Watches.class);

  /// Nobody watches deeper than the subscriptions of the realtime face reach.
  private static final int DEPTH = 0xffff;

  private static final Duration STALL_MAX = Duration.ofSeconds(30);
  private static final Duration LANE_TIMEOUT = Duration.ofSeconds(10);

  private final AdminFaces faces;
  private final AdminSettings settings;
  private final Set<Watcher> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger places = new AtomicInteger();
  private final AtomicInteger turn = new AtomicInteger();
  private final ScheduledExecutorService guard =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("admin-watch-guard").factory());
  private volatile boolean closed;

  Watches(AdminFaces faces, AdminSettings settings) {
    this.faces = faces;
    this.settings = settings;
    guard.scheduleWithFixedDelay(this::cutStalled, 1, 1, TimeUnit.SECONDS);
  }

  private void cutStalled() {
    for (Watcher w : open) {
      if (w.cutIfStalled(STALL_MAX)) log.info("watch_stalled session={}", w.session());
    }
  }

  /// Watches until the client goes, falls behind, or the member stops; on the request's thread.
  ///
  /// @throws MusterException before the stream begins: `too_many_watchers`, `not_started`
  void serve(Exchange x, String pattern) throws IOException {
    place();
    try {
      Realtime realtime = faces.realtime().orElseThrow(Watches::notStarted);
      List<? extends Lane> lanes = faces.lanes();
      if (lanes.isEmpty() || closed) throw notStarted();
      Lane lane = lanes.get(Math.floorMod(turn.getAndIncrement(), lanes.size()));
      Watcher watcher = new Watcher(lane, settings.watchBytesMax());
      Subscription s =
          new Subscription(watcher, pattern, true, true, DEPTH, new Watcher.WatchDelivery());
      open.add(watcher);
      try {
        // Closing adds its end to those it finds: whoever comes later sees that it is closed.
        if (closed) throw notStarted();
        subscribe(realtime, lane, s);
        watcher.write(x.stream(TYPE), settings.watchHeartbeat());
      } finally {
        open.remove(watcher);
        lane.offer(() -> realtime.unsubscribe(s));
      }
    } finally {
      places.decrementAndGet();
    }
  }

  /// Shows messages under a topic until the client goes, falls behind, or the member stops; on the
  /// request's thread.
  ///
  /// @param topic empty for all
  /// @throws MusterException before the stream begins: `too_many_watchers`, `replicator_not_ready`
  void serveTopic(Exchange x, Topics topics, String topic) throws IOException {
    place();
    try {
      List<? extends Lane> lanes = faces.lanes();
      if (lanes.isEmpty() || closed || !topics.ready()) {
        throw new MusterException(ErrorCode.REPLICATOR_NOT_READY, "Replicator not ready");
      }
      Watcher watcher = new Watcher(lanes.getFirst(), settings.watchBytesMax());
      open.add(watcher);
      try (Topics.Hearing _ = topics.on(topic, watcher)) {
        if (closed) throw notStarted();
        watcher.write(x.stream(TYPE), settings.watchHeartbeat());
      } finally {
        open.remove(watcher);
      }
    } finally {
      places.decrementAndGet();
    }
  }

  private void place() {
    if (places.incrementAndGet() <= settings.watchersMax()) return;
    places.decrementAndGet();
    throw new MusterException(
        ErrorCode.TOO_MANY_WATCHERS,
        "admin.watchers_max: " + settings.watchersMax() + " watches are open already");
  }

  /// Returns when the subscription is effective on every member.
  private static void subscribe(Realtime realtime, Lane lane, Subscription s) {
    CompletableFuture<Void> effective = new CompletableFuture<>();
    boolean accepted =
        lane.offer(
            () -> {
              try {
                follow(effective, realtime.subscribe(s));
              } catch (RuntimeException e) {
                effective.completeExceptionally(e);
              }
            });
    if (!accepted) throw notStarted();
    try {
      effective.get(LANE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new MusterException(
          ErrorCode.OVERLOADED,
          "no lane took the watch within " + LANE_TIMEOUT.toSeconds() + " s",
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("subscribe: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notStarted();
    }
  }

  private static void follow(
      CompletableFuture<Void> effective, @Nullable CompletableFuture<Void> rest) {
    if (rest == null) effective.complete(null);
    else
      rest.whenComplete(
          (_, e) -> {
            if (e == null) effective.complete(null);
            else effective.completeExceptionally(e);
          });
  }

  private static MusterException notStarted() {
    return new MusterException(
        ErrorCode.NOT_STARTED, "nothing can be watched while the member starts or stops");
  }

  /// Ends all streams in order; later ones are refused. Safe to call twice.
  @Override
  public void close() {
    closed = true;
    guard.shutdownNow();
    open.forEach(Watcher::end);
  }
}
