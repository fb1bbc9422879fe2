package io.muster.supervision.balance;

import io.muster.kernel.TaskGroup;
import io.muster.kernel.TimeSource;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.balance.BalancerEvent.BalancerApplied;
import io.muster.supervision.balance.BalancerEvent.BalancerDrifted;
import io.muster.supervision.balance.BalancerEvent.BalancerFailed;
import io.muster.supervision.balance.core.Coalescing;
import io.muster.supervision.balance.core.Coalescing.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one balancer of this member to the newest pool, again and again, and sees that it stays
/// there. [Coalescing] says when.
///
/// Safe on any thread; nothing here blocks but [#close]. The plugin is called on one thread of the
/// runner's own. Of pools the newest is kept, of questions how it is one is asked for all who wait.
public final class BalancerRunner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BalancerRunner.class);
  private static final int MESSAGE_CHARS_MAX = 4096;
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(5);

  private final BalancerId id;
  private final String kind;
  private final Balancer balancer;
  private final TimeSource time;
  private final Consumer<BalancerEvent> listener;
  private final TaskGroup threads;

  // Guards everything below.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();
  private final Coalescing coalescing;
  private @Nullable Pool newest;
  private @Nullable CompletableFuture<Balancer.Look> asked;
  private BalancerView view;
  private boolean closed;

  /// Begins held: [#hold] with `false` sets it free.
  ///
  /// @param kind the plugin's name
  /// @param balancer closed with the runner
  /// @param listener told what happened, on the runner's thread; must not block, and what it throws
  ///     is logged
  public BalancerRunner(
      BalancerId id,
      String kind,
      Balancer balancer,
      BalancerTiming timing,
      TimeSource time,
      Consumer<BalancerEvent> listener) {
    this.id = id;
    this.kind = kind;
    this.balancer = balancer;
    this.time = time;
    this.listener = listener;
    coalescing =
        new Coalescing(timing.coalesce(), timing.lookEvery(), timing.retryMin(), timing.retryMax());
    view =
        new BalancerView(
            id,
            kind,
            true,
            false,
            -1,
            -1,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            List.of(),
            List.of(),
            new BalancerView.Counters(0, 0, 0, 0, 0, 0, 0));
    threads =
        new TaskGroup(
            "balancer-" + id,
            Thread.ofVirtual(),
            CLOSE_WITHIN,
            e -> log.error("balancer_thread_ended balancer={}", id, e));
  }

  /// Starts its thread; once.
  public void start() {
    threads.start(this::work);
  }

  /// Which targets get traffic from now on. One that is older than what is known is left out.
  public void pool(Pool pool) {
    lock.lock();
    try {
      if (newest != null && pool.revision() <= newest.revision()) return;
      newest = pool;
      coalescing.wanted(time.nanos());
      change(Change.of(view).wanted(pool.revision()));
      happened.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Nothing is applied while held. A run that has begun goes on.
  public void hold(boolean hold) {
    lock.lock();
    try {
      coalescing.hold(hold);
      change(Change.of(view).held(hold));
      happened.signal();
    } finally {
      lock.unlock();
    }
  }

  public BalancerView view() {
    lock.lock();
    try {
      return view;
    } finally {
      lock.unlock();
    }
  }

  /// Asks the balancer itself. All who ask while an answer is under way get the same.
  ///
  /// @return ends with [BalancerException] when it does not answer or the runner was closed
  public CompletableFuture<Balancer.Look> look() {
    lock.lock();
    try {
      if (closed) return CompletableFuture.failedFuture(closedNow());
      CompletableFuture<Balancer.Look> answer = asked;
      if (answer == null) {
        answer = new CompletableFuture<>();
        asked = answer;
        coalescing.lookSoon(time.nanos());
        happened.signal();
      }
      return answer.copy();
    } finally {
      lock.unlock();
    }
  }

  private BalancerException closedNow() {
    return new BalancerException(
        BalancerException.Step.UNREACHABLE, "balancer " + id + " is not supervised any more");
  }

  private void work() throws InterruptedException {
    while (true) {
      switch (await()) {
        case Step.Apply _ -> apply();
        case Step.Look _ -> seeHowItIs();
        case Step.Wait _ -> {}
      }
    }
  }

  private Step await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Step step = coalescing.next(time.nanos());
      while (step instanceof Step.Wait w) {
        if (w.nanos() == Long.MAX_VALUE) happened.await();
        else happened.awaitNanos(w.nanos());
        step = coalescing.next(time.nanos());
      }
      change(Change.of(view).busy(true));
      return step;
    } finally {
      lock.unlock();
    }
  }

  private void apply() {
    Pool pool = newestPool();
    long began = time.nanos();
    try {
      Balancer.Rendered rendered = balancer.render(pool);
      rendered(rendered);
      Balancer.Applied how = balancer.apply(pool);
      applied(pool, how, Duration.ofNanos(time.nanos() - began));
    } catch (BalancerException e) {
      failed(pool, e, time.nanos() - began);
    } catch (RuntimeException e) {
      log.warn("balancer_plugin_failed balancer={} kind={}", id, kind, e);
      failed(
          pool,
          new BalancerException(BalancerException.Step.APPLY, "the plugin failed: " + e, e),
          time.nanos() - began);
    }
  }

  private Pool newestPool() {
    lock.lock();
    try {
      return Objects.requireNonNull(newest, "nothing is applied before there is a pool");
    } finally {
      lock.unlock();
    }
  }

  private void rendered(Balancer.Rendered rendered) {
    lock.lock();
    try {
      change(Change.of(view).rendered(rendered));
    } finally {
      lock.unlock();
    }
  }

  private void applied(Pool pool, Balancer.Applied how, Duration took) {
    boolean news;
    lock.lock();
    try {
      coalescing.succeeded(time.nanos());
      news = how != Balancer.Applied.UNCHANGED || view.trouble().isPresent();
      change(
          Change.of(view)
              .applied(pool.revision(), new BalancerView.Success(time.now(), how, took)));
    } finally {
      lock.unlock();
    }
    if (!news) return;
    log.info(
        "balancer_applied balancer={} kind={} revision={} how={} took_ms={}",
        id,
        kind,
        pool.revision(),
        how,
        took.toMillis());
    tell(new BalancerApplied(id, pool.revision(), how, took));
  }

  private void failed(Pool pool, BalancerException e, long tookNanos) {
    String message = cut(String.valueOf(e.getMessage()));
    Duration again;
    boolean news;
    lock.lock();
    try {
      again = Duration.ofNanos(coalescing.failed(time.nanos()));
      Instant now = time.now();
      Optional<BalancerView.Trouble> before = view.trouble();
      news =
          before.isEmpty()
              || before.get().step() != e.step()
              || !before.get().message().equals(message);
      change(
          Change.of(view)
              .failed(
                  new BalancerView.Trouble(
                      before.map(BalancerView.Trouble::since).orElse(now),
                      now,
                      before.map(BalancerView.Trouble::times).orElse(0L) + 1,
                      e.step(),
                      message),
                  tookNanos));
    } finally {
      lock.unlock();
    }
    if (!news || Thread.currentThread().isInterrupted()) return;
    log.warn(
        "balancer_failed balancer={} kind={} revision={} step={} again_ms={} message={}",
        id,
        kind,
        pool.revision(),
        e.step(),
        again.toMillis(),
        message);
    tell(new BalancerFailed(id, pool.revision(), e.step(), message, again));
  }

  private void seeHowItIs() {
    Balancer.Look look;
    @Nullable BalancerException silent = null;
    try {
      look = balancer.look();
    } catch (BalancerException e) {
      silent = e;
      look = notRunning(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.warn("balancer_plugin_failed balancer={} kind={}", id, kind, e);
      silent =
          new BalancerException(BalancerException.Step.UNREACHABLE, "the plugin failed: " + e, e);
      look = notRunning(silent.getMessage());
    }
    boolean asLeft = look.running() && look.drift().isEmpty();
    boolean news;
    @Nullable CompletableFuture<Balancer.Look> answer;
    lock.lock();
    try {
      // Before something was applied there is nothing it could differ from.
      boolean ours = view.applied() >= 0;
      coalescing.looked(asLeft || !ours, time.nanos());
      news = ours && !asLeft && !look.drift().equals(view.drift());
      change(Change.of(view).looked(look, time.now(), ours && !asLeft));
      answer = asked;
      asked = null;
    } finally {
      lock.unlock();
    }
    if (answer != null) {
      if (silent != null) answer.completeExceptionally(silent);
      else answer.complete(look);
    }
    if (!news || Thread.currentThread().isInterrupted()) return;
    log.warn("balancer_drifted balancer={} kind={} drift={}", id, kind, look.drift());
    tell(new BalancerDrifted(id, look.running(), look.drift()));
  }

  private static Balancer.Look notRunning(@Nullable String why) {
    return new Balancer.Look(
        false, List.of(cut(String.valueOf(why))), new JsonValue.Obj(new LinkedHashMap<>()));
  }

  private static String cut(String message) {
    return message.length() <= MESSAGE_CHARS_MAX
        ? message
        : message.substring(0, MESSAGE_CHARS_MAX - 1) + "…";
  }

  private void tell(BalancerEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      log.error("balancer_listener_failed balancer={}", id, e);
    }
  }

  private void change(Change to) {
    view = to.view();
  }

  /// Ends its thread and closes the balancer; what runs for the user goes on. A run that has begun
  /// is interrupted: the next member's first run repeats it.
  @Override
  public void close() {
    @Nullable CompletableFuture<Balancer.Look> answer;
    lock.lock();
    try {
      if (closed) return;
      closed = true;
      answer = asked;
      asked = null;
    } finally {
      lock.unlock();
    }
    threads.close();
    if (answer != null) answer.completeExceptionally(closedNow());
    balancer.close();
  }
}
