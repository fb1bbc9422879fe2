package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/v1/events`: what happens on this member as server-sent events, resumable.
///
/// A stream reads from the [EventLog] at its own pace and has no queue: one that is too slow gets
/// an event `missed` and goes on. One that is not read at all is cut off after [#STALL_MAX].
final class EventRoutes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EventRoutes.class);
  private static final Duration STALL_MAX = Duration.ofSeconds(30);

  private final AdminFaces faces;
  private final AdminSettings settings;
  private final Set<Stream> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger places = new AtomicInteger();
  private final ScheduledExecutorService guard =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("admin-events-guard").factory());

  EventRoutes(AdminFaces faces, AdminSettings settings) {
    this.faces = faces;
    this.settings = settings;
    guard.scheduleWithFixedDelay(this::cutStalled, 1, 1, TimeUnit.SECONDS);
  }

  List<Route> routes() {
    return List.of(Route.guarded("GET", "/v1/events", this::serve, "after", "type"));
  }

  private void cutStalled() {
    for (Stream s : open) {
      if (s.cutIfStalled()) log.info("events_stalled");
    }
  }

  private EventLog events() {
    return faces
        .events()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "this member has not started yet"));
  }

  private void serve(Exchange x) throws IOException {
    EventLog events = events();
    Set<EventLog.Type> types = types(x.query("type").orElse(""));
    String place = x.query("after").or(() -> x.header("Last-Event-ID")).orElse("");
    Place from = place(events, place);
    if (places.incrementAndGet() > settings.watchersMax()) {
      places.decrementAndGet();
      throw new MusterException(
          ErrorCode.TOO_MANY_WATCHERS,
          "admin.watchers_max: " + settings.watchersMax() + " streams of events are open already");
    }
    Stream stream = new Stream(events, types, settings.watchHeartbeat());
    open.add(stream);
    try {
      stream.write(x.stream(Watches.TYPE), from);
    } finally {
      open.remove(stream);
      places.decrementAndGet();
    }
  }

  private static Set<EventLog.Type> types(String asked) {
    if (asked.isEmpty()) return EnumSet.allOf(EventLog.Type.class);
    Set<EventLog.Type> types = EnumSet.noneOf(EventLog.Type.class);
    for (String t : asked.split(",", -1)) {
      try {
        types.add(EventLog.Type.valueOf(t.strip().toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new MusterException(
            ErrorCode.BAD_REQUEST,
            "type: expected some of member, group, gate, clients, log, found '" + t + "'",
            e);
      }
    }
    return types;
  }

  /// @param index the last event that is known
  /// @param foreign whether the place asked for was one of another life
  private record Place(long index, boolean foreign) {}

  private static Place place(EventLog events, String asked) {
    if (asked.isEmpty()) return new Place(events.last(), false);
    if (asked.equals("0")) return new Place(0, false);
    int dash = asked.indexOf('-');
    try {
      if (dash > 0) {
        long index = Long.parseLong(asked.substring(dash + 1));
        if (index < 0) throw new NumberFormatException("negative");
        boolean same = asked.substring(0, dash).equals(events.life());
        return same ? new Place(Math.min(index, events.last()), false) : new Place(0, true);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new MusterException(
        ErrorCode.BAD_REQUEST,
        "after: expected the id of an event such as "
            + events.life()
            + "-17, or 0 for all that are kept, found '"
            + asked
            + "'");
  }

  /// Ends all streams; later ones end at once.
  @Override
  public void close() {
    guard.shutdownNow();
    faces.events().ifPresent(EventLog::close);
  }

  /// One stream, written by its request's thread.
  private static final class Stream {
    private final EventLog events;
    private final Set<EventLog.Type> types;
    private final Duration heartbeat;
    private final Thread writer = Thread.currentThread();

    /// When the write under way began, 0 when there is none.
    private volatile long writingSince;

    Stream(EventLog events, Set<EventLog.Type> types, Duration heartbeat) {
      this.events = events;
      this.types = types;
      this.heartbeat = heartbeat;
    }

    boolean cutIfStalled() {
      long since = writingSince;
      if (since == 0 || System.nanoTime() - since < STALL_MAX.toNanos()) return false;
      // Interrupting a thread in a socket's write closes the socket.
      writer.interrupt();
      return true;
    }

    void write(OutputStream to, Place from) throws IOException {
      try (OutputStream out = to) {
        send(out, "id: " + events.life() + "-" + from.index + "\n: watching\n\n");
        if (from.foreign)
          send(out, missed(0, "the member was restarted since; this is all it has"));
        long known = from.index;
        while (!events.closed()) {
          EventLog.Batch batch = events.after(known, heartbeat);
          if (batch.missed() > 0 && !(known == 0 && from.index == 0)) {
            send(out, missed(batch.missed(), "more came than are kept while this was not read"));
          }
          StringBuilder text = new StringBuilder();
          for (EventLog.Event e : batch.events()) {
            known = e.index();
            if (types.contains(e.type())) text.append(event(e));
          }
          send(out, text.isEmpty() ? ": still here\n\n" : text.toString());
        }
        send(out, ": the member stops\n\n");
        // Closing writes, too.
        writingSince = System.nanoTime() | 1;
      } catch (InterruptedException e) {
        // The member stops, or the client did not read: either way the stream is over.
        Thread.currentThread().interrupt();
      }
    }

    private void send(OutputStream out, String text) throws IOException {
      writingSince = System.nanoTime() | 1;
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
      writingSince = 0;
    }

    private static String missed(long count, String why) {
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("missed", count);
      data.put("detail", why);
      return "event: missed\ndata: " + Exchange.JSON.writeValueAsString(data) + "\n\n";
    }

    private String event(EventLog.Event e) {
      String type = e.type().name().toLowerCase(Locale.ROOT);
      String id = events.life() + "-" + e.index();
      Map<String, Object> data = new LinkedHashMap<>();
      data.put("id", id);
      data.put("at", e.at());
      data.put("type", type);
      data.put("text", e.text());
      data.put("fields", new java.util.TreeMap<>(e.fields()));
      return "id: "
          + id
          + "\nevent: "
          + type
          + "\ndata: "
          + Exchange.JSON.writeValueAsString(data)
          + "\n\n";
    }
  }
}
