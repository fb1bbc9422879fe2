package io.muster.supervision.driver;

import io.muster.kernel.ControlLoop;
import io.muster.kernel.MemberId;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import io.muster.supervision.core.Held;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.SupervisionKeys;
import io.muster.supervision.probe.Opinion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings this member's opinions into the registry: each change once, many in one entry; while the
/// registry does not answer only the newest of each target is kept, so that what waits is bounded
/// by the number of targets.
///
/// A change of health goes at once. Where only the words change they go ten seconds after the last
/// ones at the earliest: a service that words its errors differently each time must not fill the
/// log.
///
/// Confined to the supervision loop.
final class OpinionWriter {
  private static final Logger log = LoggerFactory.getLogger(OpinionWriter.class);
  private static final int BATCH_MAX = 500;
  private static final Duration WORDS_EVERY = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofMillis(300);

  private record Written(Held held, long atNanos) {}

  private final Registry registry;
  private final ControlLoop loop;
  private final TimeSource time;
  private final String member;
  private final String name;
  private final Map<TargetId, Written> written = new HashMap<>();

  /// What is to be written; null to be removed.
  private final Map<TargetId, @Nullable Held> waiting = new LinkedHashMap<>();

  private boolean begun;
  private boolean busy;
  private boolean failing;

  OpinionWriter(
      Registry registry, ControlLoop loop, TimeSource time, MemberId member, String name) {
    this.registry = registry;
    this.loop = loop;
    this.time = time;
    this.member = member.hex();
    this.name = name;
  }

  /// Takes back what this member said in its last life: nobody may take that for fresh. Nothing is
  /// written, and the member must not call itself alive, before that is done.
  CompletableFuture<Void> begin() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    begin(done);
    return done;
  }

  private void begin(CompletableFuture<Void> done) {
    registry
        .decide(new RegistryBatch().removeAll(SupervisionKeys.OPINION + member + "/"))
        .whenComplete(
            (_, e) ->
                loop.execute(
                    () -> {
                      if (e != null) {
                        loop.after(RETRY, () -> begin(done));
                        return;
                      }
                      begun = true;
                      done.complete(null);
                      flush();
                    }));
  }

  void say(Opinion opinion) {
    Held held =
        new Held(
            name,
            opinion.health(),
            opinion.errors(),
            opinion.warnings(),
            time.now().toEpochMilli());
    TargetId id = opinion.target();
    Written last = written.get(id);
    if (last == null && held.health() == Health.UNKNOWN && !waiting.containsKey(id)) return;
    if (last != null && last.held.health() == held.health()) {
      boolean same =
          last.held.errors().equals(held.errors()) && last.held.warnings().equals(held.warnings());
      if (same) {
        waiting.remove(id);
        return;
      }
      long left = WORDS_EVERY.toNanos() - (time.nanos() - last.atNanos);
      if (left > 0) {
        if (waiting.put(id, held) == null) loop.after(Duration.ofNanos(left), this::flush);
        return;
      }
    }
    waiting.put(id, held);
    flush();
  }

  /// The target is not there any more.
  void forget(TargetId id) {
    waiting.remove(id);
    if (written.containsKey(id)) {
      waiting.put(id, null);
      flush();
    }
  }

  /// Which of those that wait may go now.
  private List<TargetId> due() {
    List<TargetId> due = new ArrayList<>();
    for (Map.Entry<TargetId, @Nullable Held> e : waiting.entrySet()) {
      if (due.size() >= BATCH_MAX) break;
      Written last = written.get(e.getKey());
      Held held = e.getValue();
      boolean later =
          last != null
              && held != null
              && last.held.health() == held.health()
              && time.nanos() - last.atNanos < WORDS_EVERY.toNanos();
      if (later) continue;
      due.add(e.getKey());
    }
    return due;
  }

  private void flush() {
    if (!begun || busy || waiting.isEmpty()) return;
    List<TargetId> due = due();
    if (due.isEmpty()) return;
    RegistryBatch batch = new RegistryBatch();
    Map<TargetId, @Nullable Held> sent = new LinkedHashMap<>();
    for (TargetId id : due) {
      Held held = waiting.remove(id);
      sent.put(id, held);
      String key = SupervisionKeys.opinion(member, id);
      if (held == null) batch.remove(key);
      else batch.put(key, StateCodec.opinion(held));
    }
    busy = true;
    registry.decide(batch).whenComplete((_, e) -> loop.execute(() -> done(sent, e)));
  }

  private void done(Map<TargetId, @Nullable Held> sent, @Nullable Throwable e) {
    busy = false;
    if (e != null) {
      if (!failing) log.warn("opinions_wait reason=\"{}\" targets={}", e.getMessage(), sent.size());
      failing = true;
      sent.forEach(waiting::putIfAbsent);
      loop.after(RETRY, this::flush);
      return;
    }
    if (failing) log.info("opinions_written targets={}", sent.size());
    failing = false;
    long now = time.nanos();
    sent.forEach(
        (id, held) -> {
          if (held == null) written.remove(id);
          else written.put(id, new Written(held, now));
        });
    flush();
  }
}
