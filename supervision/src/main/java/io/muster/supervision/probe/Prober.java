package io.muster.supervision.probe;

import io.muster.kernel.TimeSource;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import io.muster.supervision.check.AliasSetup;
import io.muster.supervision.probe.core.CheckGroup;
import io.muster.supervision.probe.core.Effect;
import io.muster.supervision.probe.core.ProbeCore;
import io.muster.supervision.probe.core.ProbeTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Probes what it is told to, and tells when this member's opinion of a target changes.
///
/// One platform thread, `muster-probes`, keeps all times, starts probes and tells opinions.
/// Answers come on whatever thread a check completes them; they are taken in there, under the lock,
/// and wake the thread only where somebody waits for a turn or an opinion changed. Tens of
/// thousands of probes a second need no more than that. Safe on any thread; ends with [#close].
///
/// Locks: `planning` before `lock`. Checks and the listener are called under neither of them, but
/// for [io.muster.spi.check.CheckSetup#open], which is called under `planning`.
public final class Prober implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Prober.class);

  /// Probes due within this time are started together: each waking of a thread costs more than a
  /// probe is late by it.
  private static final long TOGETHER_NANOS = 4_000_000;

  /// Whoever wakes later than this by more has not been running, and no target is to blame.
  private static final long OVERSLEPT_NANOS = 250_000_000;

  private static final Duration CLOSES_WITHIN = Duration.ofSeconds(5);

  private final TimeSource time;
  private final Function<TargetId, Health> verdicts;
  private final Consumer<Opinion> listener;
  private final ReentrantLock planning = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stirred = lock.newCondition();

  // Under `lock`.
  private final ProbeCore core;
  private final List<Effect> pending = new ArrayList<>();
  private boolean closed;
  private long sleepsUntil;

  /// Answers that are waited for.
  private final Map<ProbeTask, CompletableFuture<Finding>> answers = new ConcurrentHashMap<>();

  private final ExecutorService blocking =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("probe-", 0).factory());
  private final Thread thread;

  /// Starts, with nothing to do.
  ///
  /// @param verdicts what the members decided of a target, for checks that follow another one;
  ///     unknown for those that are not there. Any thread, must not block
  /// @param listener is told each opinion that changed, in order, on the prober's thread; must not
  ///     block
  public Prober(
      ProberSettings settings,
      TimeSource time,
      Function<TargetId, Health> verdicts,
      Consumer<Opinion> listener) {
    this.time = time;
    this.verdicts = verdicts;
    this.listener = listener;
    this.core = new ProbeCore(settings.concurrent(), RandomGenerator.of("L64X128MixRandom"));
    this.thread = Thread.ofPlatform().name("muster-probes").daemon(true).start(this::run);
  }

  /// Replaces what is probed in a cluster. A check whose plan is equal, and a target that stays,
  /// keep their history. Does not wait for probes.
  public void plan(ProbePlan plan) {
    planning.lock();
    try {
      List<CheckGroup> groups = new ArrayList<>();
      for (CheckPlan check : plan.checks()) {
        Optional<CheckGroup> known = known(plan.cluster(), check);
        groups.add(known.orElseGet(() -> opened(plan.cluster(), check)));
      }
      lock.lock();
      try {
        if (closed) groups.forEach(g -> pending.add(new Effect.Close(g)));
        else pending.addAll(core.plan(plan, groups, time.nanos()));
        stirred.signal();
      } finally {
        lock.unlock();
      }
    } finally {
      planning.unlock();
    }
  }

  private Optional<CheckGroup> known(String cluster, CheckPlan check) {
    lock.lock();
    try {
      return core.group(cluster, check.id())
          .filter(g -> g.plan().kind().equals(check.kind()))
          .filter(g -> g.plan().source().equals(check.source()))
          .filter(g -> g.plan().timing().equals(check.timing()));
    } finally {
      lock.unlock();
    }
  }

  private CheckGroup opened(String cluster, CheckPlan plan) {
    Check check;
    try {
      check =
          plan.setup() instanceof AliasSetup alias
              ? alias.following(verdicts)
              : plan.setup().open(new Context(cluster));
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("cluster", cluster)
          .addKeyValue("check", plan.id())
          .setCause(e)
          .log("health check cannot be opened");
      check = new Unopened("Check " + plan.id() + " cannot be opened: " + text(e));
    }
    return new CheckGroup(cluster, plan, check);
  }

  /// Ends all probes of a cluster; nothing where it has none.
  public void drop(String cluster) {
    planning.lock();
    try {
      lock.lock();
      try {
        pending.addAll(core.drop(cluster));
        stirred.signal();
      } finally {
        lock.unlock();
      }
    } finally {
      planning.unlock();
    }
  }

  /// Takes what a service says of itself, for a check of kind `ttl`.
  public Reported report(TargetId target, String check, Finding finding) {
    lock.lock();
    try {
      long now = time.nanos();
      Reported reported = core.report(target, check, finding, now);
      wake(now);
      return reported;
    } finally {
      lock.unlock();
    }
  }

  /// What this member thinks of every target now, unknown ones included.
  public List<Opinion> opinions() {
    lock.lock();
    try {
      return core.opinions();
    } finally {
      lock.unlock();
    }
  }

  /// The checks of a target, in the order of the plan; none where it is not probed here.
  public List<CheckView> checks(TargetId target) {
    lock.lock();
    try {
      return core.checks(target, time.nanos(), time.now());
    } finally {
      lock.unlock();
    }
  }

  /// What each check has done since it was opened.
  public List<ProbeCounts> counts() {
    lock.lock();
    try {
      return core.counts();
    } finally {
      lock.unlock();
    }
  }

  // --- the thread

  private void run() {
    long started = time.nanos() - TOGETHER_NANOS;
    while (true) {
      List<Effect> effects;
      List<Opinion> news;
      lock.lock();
      try {
        if (!closed) await(started + TOGETHER_NANOS);
        if (closed) pending.addAll(core.dropAll());
        started = time.nanos();
        effects = new ArrayList<>(pending);
        pending.clear();
        if (!closed) effects.addAll(core.advance(started));
        news = core.news(started);
        if (closed && effects.isEmpty()) return;
      } finally {
        lock.unlock();
      }
      effects.forEach(this::perform);
      news.forEach(this::tell);
    }
  }

  /// Waits until something is to be done.
  ///
  /// @param earliest before which nothing is started for its time alone
  private void await(long earliest) {
    while (!closed && pending.isEmpty() && !core.stirs()) {
      long now = time.nanos();
      long at = core.next(now).orElse(now + Duration.ofHours(1).toNanos());
      long wait = Math.max(at - now, earliest - now);
      if (wait <= 0) return;
      sleepsUntil = now + wait;
      try {
        stirred.awaitNanos(wait);
      } catch (InterruptedException e) {
        // Only close ends this thread, by its flag.
        continue;
      }
      long over = time.nanos() - now - wait;
      if (over < OVERSLEPT_NANOS) continue;
      LOG.atWarn().addKeyValue("millis", over / 1_000_000).log("probes stood still");
      core.overslept(over);
    }
  }

  private void perform(Effect effect) {
    switch (effect) {
      case Effect.Start(var task, int attempt, Probe probe) -> start(task, attempt, probe);
      case Effect.Cancel(var task, int _) -> {
        CompletableFuture<Finding> answer = answers.remove(task);
        if (answer != null) answer.cancel(true);
      }
      case Effect.Close(var group) -> {
        try {
          group.check().close();
        } catch (RuntimeException e) {
          LOG.atWarn()
              .addKeyValue("check", group.plan().id())
              .setCause(e)
              .log("health check cannot be closed");
        }
      }
    }
  }

  private void start(ProbeTask task, int attempt, Probe probe) {
    CompletableFuture<Finding> answer;
    try {
      answer = task.group().check().probe(probe);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    if (!answer.isDone()) answers.put(task, answer);
    CompletableFuture<Finding> asked = answer;
    answer.whenComplete(
        (finding, e) -> {
          answers.remove(task, asked);
          finished(task, attempt, e == null ? finding : Finding.critical(text(e)));
        });
  }

  private void finished(ProbeTask task, int attempt, Finding finding) {
    lock.lock();
    try {
      long now = time.nanos();
      core.finished(task, attempt, finding, now);
      wake(now);
    } finally {
      lock.unlock();
    }
  }

  /// Wakes the thread where it sleeps too long: an answer brings the next probe nearer than the end
  /// of the one that was waited for.
  private void wake(long now) {
    boolean sooner = core.next(now).filter(at -> at - sleepsUntil < 0).isPresent();
    if (sooner || core.stirs()) stirred.signal();
  }

  private void tell(Opinion opinion) {
    try {
      listener.accept(opinion);
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("target", opinion.target())
          .setCause(e)
          .log("opinion was not taken");
    }
  }

  private static String text(Throwable e) {
    Throwable cause = e;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
  }

  /// Gives all probes up and closes all checks; waits for that a few seconds at most. Calls of the
  /// listener have ended then.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      stirred.signal();
    } finally {
      lock.unlock();
    }
    try {
      if (Thread.currentThread() != thread) thread.join(CLOSES_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    blocking.shutdownNow();
  }

  private final class Context implements CheckContext {
    private final String cluster;

    Context(String cluster) {
      this.cluster = cluster;
    }

    @Override
    public String cluster() {
      return cluster;
    }

    @Override
    public CompletableFuture<Finding> blocking(Callable<Finding> probe) {
      CompletableFuture<Finding> answer = new CompletableFuture<>();
      @Nullable Future<?> work;
      try {
        work =
            blocking.submit(
                () -> {
                  try {
                    answer.complete(probe.call());
                  } catch (Throwable e) {
                    answer.completeExceptionally(e);
                  }
                });
      } catch (RejectedExecutionException e) {
        answer.complete(Finding.unknown("This member is stopping"));
        return answer;
      }
      Future<?> running = work;
      answer.whenComplete(
          (_, _) -> {
            if (answer.isCancelled()) running.cancel(true);
          });
      return answer;
    }
  }

  /// Stands for a check that could not be opened.
  private record Unopened(String message) implements Check {
    @Override
    public CompletableFuture<Finding> probe(Probe probe) {
      return CompletableFuture.completedFuture(Finding.critical(message));
    }

    @Override
    public void close() {}
  }
}
