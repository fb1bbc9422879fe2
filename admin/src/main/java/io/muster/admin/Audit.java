package io.muster.admin;

import io.muster.kernel.MusterException;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Who changed what through administration, the last [#ENTRIES_MAX] changes of the whole cluster.
///
/// Each entry is one line of this member's log, too. In the registry an entry lies at the place of
/// its index in a ring, and the next index beside them: both are written in one step on the
/// condition that nobody took the index meanwhile, so that the indexes of all members have no gaps.
/// That happens after the change has been answered, by one thread with a bounded queue before it:
/// entries beyond [#WAITING_MAX], and those of a member that ends without the registry, are in the
/// log only.
final class Audit implements AutoCloseable {
  static final int ENTRIES_MAX = 1000;
  static final int WAITING_MAX = 1024;
  private static final String PREFIX = "audit/";
  private static final String NEXT = "audit.next";
  private static final int VALUE_MAX = 2000;
  private static final long RETRY_MILLIS = 500;
  private static final long CLOSE_SECONDS = 2;

  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  private final AdminFaces faces;
  private final BlockingQueue<Entry> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
  private final AtomicLong unkept = new AtomicLong();
  private final Thread writer;
  private volatile boolean closed;

  /// What a route says of a change beyond its address.
  ///
  /// @param what empty for method and path of the request
  record Change(String what, @Nullable Object before, @Nullable Object after) {}

  /// One change, or several of the same kind one right after the other.
  ///
  /// @param at epoch milliseconds, of the last
  /// @param member that was asked
  /// @param by what whoever asked calls himself; not proved, perhaps empty
  /// @param role of the token
  /// @param from the address it came from
  /// @param what such as `PUT /v1/settings/log.level`
  /// @param count how many changes the entry stands for
  record Entry(
      long index,
      long at,
      String member,
      String by,
      String role,
      String from,
      String what,
      @Nullable Object before,
      @Nullable Object after,
      long count) {
    private boolean of(Entry other) {
      return by.equals(other.by) && role.equals(other.role) && from.equals(other.from);
    }

    /// One of many records written or removed.
    private boolean record() {
      return what.contains(" /v1/data/");
    }

    /// This one, and an earlier one of the same kind.
    private Entry with(Entry earlier) {
      return new Entry(index, at, member, by, role, from, what, null, null, count + earlier.count);
    }
  }

  Audit(AdminFaces faces) {
    this.faces = faces;
    this.writer = Thread.ofVirtual().name("admin-audit").start(this::write);
  }

  /// Notes what a request changed; never blocks.
  void note(Exchange x) {
    Optional<Change> said = x.change();
    String what =
        said.map(Change::what)
            .filter(w -> !w.isEmpty())
            .orElseGet(() -> x.method() + " " + x.path());
    Caller caller = x.caller();
    Entry e =
        new Entry(
            0,
            System.currentTimeMillis(),
            faces.status().name(),
            caller.name(),
            caller.role().name().toLowerCase(Locale.ROOT),
            x.address().getHostAddress(),
            what,
            said.map(Change::before).map(Audit::cut).orElse(null),
            said.map(Change::after).map(Audit::cut).orElse(null),
            1);
    log.info("audit what=\"{}\" by=\"{}\" role={} from={}", e.what, e.by, e.role, e.from);
    if (faces.registry().isEmpty()) return;
    if (!waiting.offer(e)) unkept.incrementAndGet();
  }

  /// What a change was may be large; an entry is not.
  private static Object cut(Object value) {
    String text = Exchange.JSON.writeValueAsString(value);
    return text.length() <= VALUE_MAX ? value : text.substring(0, VALUE_MAX) + "…";
  }

  // --- writing

  private void write() {
    try {
      while (!closed || !waiting.isEmpty()) {
        Entry first = waiting.poll(200, TimeUnit.MILLISECONDS);
        if (first == null) continue;
        List<Entry> batch = new ArrayList<>(List.of(first));
        waiting.drainTo(batch);
        for (Entry e : merged(batch)) keep(e);
        long lost = unkept.getAndSet(0);
        if (lost > 0) log.warn("audit_overflow entries={} kept=\"in the log only\"", lost);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Records that somebody writes one after the other are one entry: an import must not push
  /// everything else out of the ring.
  static List<Entry> merged(List<Entry> batch) {
    List<Entry> all = new ArrayList<>();
    for (Entry e : batch) {
      Entry last = all.isEmpty() ? null : all.getLast();
      if (last != null && last.record() && e.record() && e.of(last)) {
        all.set(all.size() - 1, e.with(last));
      } else {
        all.add(e);
      }
    }
    return all;
  }

  private void keep(Entry e) throws InterruptedException {
    boolean told = false;
    // Asked again after a failure, the same step does not happen twice.
    RegistryBatch step = null;
    while (true) {
      Registry registry = faces.registry().orElse(null);
      if (registry == null) return;
      try {
        if (step == null) step = step(registry, e);
        if (Waiting.on(registry.change(step))) return;
        step = null;
      } catch (MusterException failure) {
        // No majority, mostly: it comes back, or this member ends.
        if (!told) log.warn("audit_waits reason=\"{}\"", failure.getMessage());
        told = true;
        if (closed) return;
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  private static RegistryBatch step(Registry registry, Entry e) {
    byte[] next = Waiting.on(registry.get(NEXT)).orElse(null);
    long index = next == null ? 1 : Long.parseLong(new String(next, StandardCharsets.UTF_8));
    Entry numbered =
        new Entry(index, e.at, e.member, e.by, e.role, e.from, e.what, e.before, e.after, e.count);
    return new RegistryBatch()
        .onlyIfStill(NEXT, next)
        .put(NEXT, Registry.utf8(Long.toString(index + 1)))
        .put(PREFIX + index % ENTRIES_MAX, Exchange.JSON.writeValueAsBytes(numbered));
  }

  // --- reading

  /// What is kept by index, the oldest first, as this member knows it.
  Map<String, JsonNode> all() {
    Registry registry = faces.registry().orElse(null);
    if (registry == null) return Map.of();
    List<JsonNode> found = new ArrayList<>();
    for (byte[] value : registry.local(PREFIX).values()) {
      try {
        found.add(Exchange.JSON.readTree(value));
      } catch (JacksonException e) {
        log.debug("audit_unreadable", e);
      }
    }
    found.sort(Comparator.comparingLong(n -> n.path("index").asLong()));
    Map<String, JsonNode> all = new LinkedHashMap<>();
    for (JsonNode n : found) all.put(n.path("index").asString(), n);
    return all;
  }

  /// Writes what waits, for a moment, and ends. Safe to call twice.
  @Override
  public void close() {
    closed = true;
    try {
      if (!writer.join(Duration.ofSeconds(CLOSE_SECONDS))) writer.interrupt();
    } catch (InterruptedException e) {
      writer.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
