package io.muster.it;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/// Clients that write unique values to a few records and read them back, and the history of it: at
/// the end nothing acknowledged may be missing and no read may have lied.
final class RegisterLoad implements AutoCloseable {
  private static final int KEYS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private final RegisterHistory history = new RegisterHistory();
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicLong longestNanos = new AtomicLong();
  private final List<Thread> workers = new ArrayList<>();
  private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
  private final String root;
  private final long pauseNanos;

  /// Clients that do one thing after the other without a pause.
  RegisterLoad() {
    this(Duration.ZERO);
  }

  /// The same with records of their own, where others have been at work before.
  RegisterLoad(String root) {
    this(root, Duration.ZERO);
  }

  /// Clients that pause between what they do, as most do.
  RegisterLoad(Duration pause) {
    this("/reg", pause);
  }

  private RegisterLoad(String root, Duration pause) {
    this.root = root;
    pauseNanos = pause.toNanos();
  }

  /// Has a client work until the end, one operation at a time.
  void add(Client client) {
    int worker = workers.size();
    workers.add(Thread.ofVirtual().start(() -> work(client, worker)));
  }

  private void work(Client client, int worker) {
    for (int i = 0; running.get(); i++) {
      if (pauseNanos > 0) LockSupport.parkNanos(pauseNanos);
      String key = root + "/k" + (worker * 3 + i) % KEYS;
      String value = worker + "-" + i;
      long start = System.nanoTime();
      if (i % 2 == 0) {
        try {
          answer(client.startSet(key, Map.of("v", value), Map.of("noPublish", true)));
          history.wrote(key, value, start, System.nanoTime());
          waited(start);
          writes.incrementAndGet();
        } catch (Exception e) {
          history.maybeWrote(key, value, start);
          failed(e);
        }
      } else {
        try {
          JsonNode r = answer(client.startGet(key));
          history.read(key, value(r), start, System.nanoTime());
          waited(start);
        } catch (Exception e) {
          // A failed read says nothing of the record.
          failed(e);
        }
      }
    }
  }

  private JsonNode answer(CompletableFuture<JsonNode> started) throws Exception {
    underWay.add(started);
    try {
      return started.get(20, TimeUnit.SECONDS);
    } finally {
      underWay.remove(started);
    }
  }

  private void failed(Exception e) {
    boolean refused = e.getCause() instanceof HappnClients.Refused;
    if (!refused && !(e instanceof CancellationException)) unanswered.incrementAndGet();
  }

  private void waited(long start) {
    longestNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
  }

  /// How many writes were acknowledged.
  int writes() {
    return writes.get();
  }

  /// How long the longest wait for an answer was.
  Duration longest() {
    return Duration.ofNanos(longestNanos.get());
  }

  /// How often no answer came, not even a refusal.
  int unanswered() {
    return unanswered.get();
  }

  private static String value(JsonNode record) {
    return record == null || record.isNull() ? null : record.path("v").asString();
  }

  void awaitWrites(int more) {
    int goal = writes.get() + more;
    Eventually.within(
        Duration.ofSeconds(60), more + " more writes are acknowledged", () -> writes.get() >= goal);
  }

  /// Lets nobody begin anything more; does not wait.
  void end() {
    running.set(false);
  }

  /// Ends, and waits for what is under way; what is not answered by then may have happened or not,
  /// as what was asked of a member that died just then.
  void finish() throws InterruptedException {
    end();
    Instant limit = Instant.now().plus(PATIENCE);
    for (Thread w : workers) {
      Duration left = Duration.between(Instant.now(), limit);
      if (left.isPositive()) w.join(left);
    }
    underWay.forEach(answer -> answer.cancel(false));
    for (Thread w : workers) w.join(PATIENCE);
  }

  /// Judges what has happened, with what `reader` finds now.
  void check(Client reader) {
    Map<String, Set<String>> finals = history.possibleFinals();
    finals.forEach(
        (key, values) -> {
          if (values.isEmpty()) return;
          long start = System.nanoTime();
          JsonNode r = reader.get(key);
          history.read(key, value(r), start, System.nanoTime());
        });
    history.check();
  }

  @Override
  public void close() {
    end();
  }
}
