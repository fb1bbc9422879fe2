package io.muster.supervision.balance;

import io.muster.spi.balance.Balancer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The next view of a balancer, made from the last. For one thread.
final class Change {
  private final BalancerView before;
  private boolean held;
  private boolean busy;
  private long wanted;
  private long applied;
  private Optional<BalancerView.Success> lastApplied;
  private Optional<BalancerView.Trouble> trouble;
  private Optional<Boolean> running;
  private List<String> drift;
  private Optional<Instant> looked;
  private List<Balancer.RenderedFile> files;
  private List<String> notes;
  private BalancerView.Counters counters;

  private Change(BalancerView before) {
    this.before = before;
    held = before.held();
    busy = before.busy();
    wanted = before.wanted();
    applied = before.applied();
    lastApplied = before.lastApplied();
    trouble = before.trouble();
    running = before.running();
    drift = before.drift();
    looked = before.looked();
    files = before.files();
    notes = before.notes();
    counters = before.counters();
  }

  static Change of(BalancerView before) {
    return new Change(before);
  }

  Change held(boolean hold) {
    held = hold;
    return this;
  }

  Change busy(boolean now) {
    busy = now;
    return this;
  }

  Change wanted(long revision) {
    wanted = revision;
    return this;
  }

  Change rendered(Balancer.Rendered rendered) {
    files = rendered.files();
    notes = rendered.notes();
    return this;
  }

  Change applied(long revision, BalancerView.Success success) {
    busy = false;
    applied = revision;
    lastApplied = Optional.of(success);
    trouble = Optional.empty();
    running = Optional.of(true);
    drift = List.of();
    Balancer.Applied how = success.how();
    counters =
        new BalancerView.Counters(
            counters.unchanged() + one(how == Balancer.Applied.UNCHANGED),
            counters.runtime() + one(how == Balancer.Applied.RUNTIME),
            counters.reloaded() + one(how == Balancer.Applied.RELOADED),
            counters.started() + one(how == Balancer.Applied.STARTED),
            counters.failed(),
            counters.drifted(),
            counters.applyNanos() + success.took().toNanos());
    return this;
  }

  private static long one(boolean when) {
    return when ? 1 : 0;
  }

  Change failed(BalancerView.Trouble why, long tookNanos) {
    busy = false;
    trouble = Optional.of(why);
    counters =
        new BalancerView.Counters(
            counters.unchanged(),
            counters.runtime(),
            counters.reloaded(),
            counters.started(),
            counters.failed() + 1,
            counters.drifted(),
            counters.applyNanos() + tookNanos);
    return this;
  }

  /// @param different counts; what it differs from was applied by this member
  Change looked(Balancer.Look look, Instant at, boolean different) {
    busy = false;
    running = Optional.of(look.running());
    drift = different ? look.drift() : List.of();
    looked = Optional.of(at);
    counters =
        new BalancerView.Counters(
            counters.unchanged(),
            counters.runtime(),
            counters.reloaded(),
            counters.started(),
            counters.failed(),
            counters.drifted() + one(different),
            counters.applyNanos());
    return this;
  }

  BalancerView view() {
    return new BalancerView(
        before.id(),
        before.kind(),
        held,
        busy,
        wanted,
        applied,
        lastApplied,
        trouble,
        running,
        drift,
        looked,
        files,
        notes,
        counters);
  }
}
