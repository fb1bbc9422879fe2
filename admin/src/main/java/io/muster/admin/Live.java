package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What `/v1/live` streams: the state of topics, then what changes of it.
///
/// Each topic is looked at by one virtual thread while somebody follows it, however many do. A
/// viewer has no queue: it remembers how far it has seen each topic and takes the newest state
/// when it is ready for more, so a slow one holds up nobody and costs nothing. One that does not
/// read at all is cut off after [#STALL_MAX].
final class Live implements AutoCloseable {
  /// About what one event carries at most: a viewer that comes is served in pieces between which
  /// others are.
  static final int EVENT_BYTES = 256 << 10;

  private static final Logger log = LoggerFactory.getLogger(Live.class);
  private static final Duration STALL_MAX = Duration.ofSeconds(30);

  /// After a look of 200 ms the next is 800 ms away: this share of a core it may take, but for
  /// [#LOOK_MAX], since what took long on a busy machine is wanted all the more.
  private static final int COST = 4;

  private static final Duration LOOK_MAX = Duration.ofSeconds(5);

  private final Map<String, Topic> topics = new LinkedHashMap<>();
  private final Duration heartbeat;
  private final int viewersMax;
  private final ReentrantLock lock = new ReentrantLock();

  /// Of the lock: some topic is different, or all ends.
  private final Condition changed = lock.newCondition();

  private final Set<Viewer> viewers = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService guard =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("admin-live-guard").factory());
  private volatile boolean closed;

  /// A topic and who looks at it; under the lock.
  private static final class Topic {
    final LiveTopic source;
    LiveState state = new LiveState(Exchange.JSON);
    int viewers;
    @Nullable Thread looking;

    Topic(LiveTopic source) {
      this.source = source;
    }
  }

  Live(List<LiveTopic> sources, Duration heartbeat, int viewersMax) {
    for (LiveTopic t : sources) topics.put(t.name(), new Topic(t));
    this.heartbeat = heartbeat;
    this.viewersMax = viewersMax;
    guard.scheduleWithFixedDelay(this::cutStalled, 1, 1, TimeUnit.SECONDS);
  }

  /// The names of all topics.
  List<String> names() {
    return List.copyOf(topics.keySet());
  }

  private void cutStalled() {
    for (Viewer v : viewers) if (v.cutIfStalled(STALL_MAX)) log.info("live_viewer_stalled");
  }

  private Topic topic(String name) {
    Topic t = topics.get(name);
    if (t != null) return t;
    throw new MusterException(
        ErrorCode.BAD_REQUEST,
        "topics: expected some of " + String.join(",", names()) + ", found '" + name + "'");
  }

  /// Streams until the viewer goes, its session ends or the member stops; on the request's thread.
  ///
  /// @param names of topics, or of one part of a topic as `topic~key`
  /// @param lasts whether the viewer may still see; asked at least once a heartbeat
  /// @param begin opens the answer
  /// @throws MusterException before the stream begins: `too_many_watchers`, `not_started`,
  ///     `bad_request`
  void serve(List<String> names, BooleanSupplier lasts, Opening begin) throws IOException {
    Map<String, LiveState.Cursor> seen = new LinkedHashMap<>();
    for (String name : names) {
      int tilde = name.indexOf('~');
      String of = tilde < 0 ? name : name.substring(0, tilde);
      topic(of);
      seen.put(of, new LiveState.Cursor(tilde < 0 ? null : name.substring(tilde + 1)));
    }
    Viewer viewer = new Viewer();
    lock.lock();
    try {
      if (closed) throw notStarted();
      if (viewers.size() >= viewersMax) {
        throw new MusterException(
            ErrorCode.TOO_MANY_WATCHERS,
            "admin.viewers_max: " + viewersMax + " dashboards look already");
      }
      viewers.add(viewer);
      seen.keySet().forEach(this::join);
    } finally {
      lock.unlock();
    }
    try {
      viewer.write(begin.open(), seen, lasts);
    } finally {
      lock.lock();
      try {
        viewers.remove(viewer);
        seen.keySet().forEach(this::part);
      } finally {
        lock.unlock();
      }
    }
  }

  /// Opens an answer.
  interface Opening {
    OutputStream open() throws IOException;
  }

  private void join(String name) {
    Topic t = topic(name);
    t.viewers++;
    if (t.looking == null) {
      t.looking = Thread.ofVirtual().name("admin-live-" + name).start(() -> look(t));
    }
  }

  private void part(String name) {
    Topic t = topic(name);
    t.viewers--;
    Thread looking = t.looking;
    if (t.viewers > 0 || looking == null) return;
    looking.interrupt();
    t.looking = null;
    // What nobody follows need not be kept either.
    t.state = new LiveState(Exchange.JSON);
  }

  /// Looks at one topic until nobody follows it.
  private void look(Topic t) {
    boolean failed = false;
    while (true) {
      long began = System.nanoTime();
      Map<String, ?> now = null;
      try {
        now = t.source.state();
        failed = false;
      } catch (RuntimeException e) {
        if (Thread.currentThread().isInterrupted()) return;
        if (!failed) log.warn("live_topic_failed topic={}", t.source.name(), e);
        failed = true;
      }
      long cost;
      lock.lock();
      try {
        if (t.looking != Thread.currentThread()) return;
        if (now != null && t.state.update(now)) changed.signalAll();
        cost = System.nanoTime() - began;
      } finally {
        lock.unlock();
      }
      try {
        long rest = Math.min(cost * COST, LOOK_MAX.toNanos());
        TimeUnit.NANOSECONDS.sleep(Math.max(t.source.every().toNanos(), rest));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static MusterException notStarted() {
    return new MusterException(
        ErrorCode.NOT_STARTED, "nothing can be followed while the member stops");
  }

  /// Ends all streams; later ones are refused. Safe to call twice.
  @Override
  public void close() {
    closed = true;
    guard.shutdownNow();
    lock.lock();
    try {
      for (Topic t : topics.values()) {
        Thread looking = t.looking;
        if (looking != null) looking.interrupt();
        t.looking = null;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// One stream.
  private final class Viewer {
    private volatile @Nullable Thread writer;
    private volatile long writingSince;

    boolean cutIfStalled(Duration longest) {
      long since = writingSince;
      Thread t = writer;
      if (since == 0 || t == null || System.nanoTime() - since < longest.toNanos()) return false;
      // Interrupting a thread in a socket's write closes the socket.
      t.interrupt();
      return true;
    }

    void write(OutputStream to, Map<String, LiveState.Cursor> following, BooleanSupplier lasts)
        throws IOException {
      writer = Thread.currentThread();
      try (OutputStream out = to) {
        send(out, ": live\nretry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
        while (true) {
          if (!lasts.getAsBoolean()) {
            send(out, "event: logout\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8));
            break;
          }
          byte[] news = await(following);
          if (closed) break;
          send(out, news.length == 0 ? ": still here\n\n".getBytes(StandardCharsets.UTF_8) : news);
        }
        writingSince = System.nanoTime() | 1;
      } catch (InterruptedException e) {
        // The member stops, or the client did not read: either way the stream is over.
        Thread.currentThread().interrupt();
      } finally {
        writer = null;
      }
    }

    /// Waits for news of any topic that is followed.
    ///
    /// @return events, nothing after a quiet heartbeat
    private byte[] await(Map<String, LiveState.Cursor> following) throws InterruptedException {
      Map<String, byte[]> news = new LinkedHashMap<>();
      lock.lock();
      try {
        long left = heartbeat.toNanos();
        while (!closed && news.isEmpty() && left > 0) {
          for (Map.Entry<String, LiveState.Cursor> e : following.entrySet()) {
            LiveState state = topic(e.getKey()).state;
            byte[] next = state.looked() ? state.next(e.getValue(), EVENT_BYTES) : null;
            if (next != null) news.put(e.getKey(), next);
          }
          if (news.isEmpty()) left = changed.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      news.forEach(
          (topic, data) -> {
            out.writeBytes(("event: " + topic + "\ndata: ").getBytes(StandardCharsets.UTF_8));
            out.writeBytes(data);
            out.writeBytes("\n\n".getBytes(StandardCharsets.UTF_8));
          });
      return out.toByteArray();
    }

    private void send(OutputStream out, byte[] bytes) throws IOException {
      writingSince = System.nanoTime() | 1;
      out.write(bytes);
      out.flush();
      writingSince = 0;
    }
  }
}
