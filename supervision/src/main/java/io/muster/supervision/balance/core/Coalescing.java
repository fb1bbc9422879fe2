package io.muster.supervision.balance.core;

import java.time.Duration;

/// Decides when a balancer is brought to the newest pool, and when it is looked at.
///
/// A change is applied `coalesce` after it was first heard of, with whatever else came meanwhile,
/// so that ten targets that come at once cost one run. One run at a time: what comes during a run
/// waits for its end. After a failure the same pool is tried again after a pause that doubles up to
/// a limit; a new pool is tried at once, since it may lack what was refused, but not sooner than
/// the shortest pause. While held nothing is applied.
///
/// For one thread, or under one lock. Times are nanoseconds of a monotonic clock.
public final class Coalescing {
  /// What to do now. All but [Wait] are over only when [#succeeded], [#failed] or [#looked] says
  /// so.
  public sealed interface Step {
    /// Apply the newest pool.
    record Apply() implements Step {}

    /// See whether the balancer still is as it was left.
    record Look() implements Step {}

    /// Ask again after so long, or when something happened.
    ///
    /// @param nanos more than 0; `Long.MAX_VALUE` for nothing but what happens
    record Wait(long nanos) implements Step {}
  }

  private static final Step APPLY = new Step.Apply();
  private static final Step LOOK = new Step.Look();
  private static final Step WAIT = new Step.Wait(Long.MAX_VALUE);

  private final long coalesce;
  private final long lookEvery;
  private final long retryMin;
  private final long retryMax;

  private boolean busy;
  private boolean held = true;

  // Whether the newest pool is to be applied, and when.
  private boolean wanted;
  private long due;

  private boolean looking;
  private long lookAt;
  private int failures;
  private long failedAt;

  /// Begins held.
  ///
  /// @param coalesce how long changes gather; zero or more
  /// @param lookEvery from the end of one look to the next
  /// @param retryMin the first pause after a failure
  /// @param retryMax the longest
  public Coalescing(Duration coalesce, Duration lookEvery, Duration retryMin, Duration retryMax) {
    this.coalesce = coalesce.toNanos();
    this.lookEvery = lookEvery.toNanos();
    this.retryMin = retryMin.toNanos();
    this.retryMax = retryMax.toNanos();
  }

  /// There is a newer pool.
  public void wanted(long now) {
    long soon = now + coalesce;
    if (failures > 0 && failedAt + retryMin - soon > 0) soon = failedAt + retryMin;
    if (!wanted || due - soon > 0) due = soon;
    wanted = true;
  }

  /// Nothing may be applied from now on, or may again. A run that has begun goes on.
  public void hold(boolean hold) {
    held = hold;
  }

  /// Somebody wants to know how the balancer is.
  public void lookSoon(long now) {
    looking = true;
    lookAt = now;
  }

  /// What to do now.
  public Step next(long now) {
    if (busy) return WAIT;
    boolean mayApply = wanted && !held;
    if (mayApply && due - now <= 0) {
      wanted = false;
      busy = true;
      return APPLY;
    }
    if (looking && lookAt - now <= 0) {
      busy = true;
      return LOOK;
    }
    if (!mayApply && !looking) return WAIT;
    long until = Long.MAX_VALUE;
    if (mayApply) until = due - now;
    if (looking) until = Math.min(until, lookAt - now);
    return new Step.Wait(until);
  }

  /// The run ended well.
  public void succeeded(long now) {
    busy = false;
    failures = 0;
    looking = true;
    lookAt = now + lookEvery;
  }

  /// The run failed.
  ///
  /// @return how long until the same pool is tried again, in nanoseconds, when none comes before
  public long failed(long now) {
    busy = false;
    failures++;
    failedAt = now;
    long pause = retryMin;
    for (int i = 1; i < failures && pause < retryMax; i++) pause *= 2;
    pause = Math.min(pause, retryMax);
    if (!wanted) due = now + pause;
    else if (now + retryMin - due > 0) due = now + retryMin;
    wanted = true;
    return due - now;
  }

  /// The look ended.
  ///
  /// @param asLeft false when the balancer is to be brought back
  public void looked(boolean asLeft, long now) {
    busy = false;
    looking = true;
    lookAt = now + lookEvery;
    if (!asLeft && !wanted) {
      wanted = true;
      due = now;
    }
  }
}
