package io.muster.supervision.probe.core;

import io.muster.spi.check.Check;
import io.muster.supervision.check.TtlSetup;
import io.muster.supervision.probe.CheckPlan;
import io.muster.supervision.probe.ProbeCounts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// One check with all its targets: what has been counted, and who waits for a turn.
public final class CheckGroup {
  private final String cluster;
  private final CheckPlan plan;
  private final Check check;

  /// Turns that are taken: probes that run, and those that are about to.
  int admitted;

  /// Due, and beyond what the check bears at once; each task at most once.
  final ArrayDeque<ProbeTask> waiting = new ArrayDeque<>();

  int running;
  long started;
  long passing;
  long warning;
  long critical;
  long timedOut;
  long unknown;
  long late;
  private long latencyNanos;
  private final long[] latencies = new long[ProbeCounts.LATENCY_LIMITS_MILLIS.size() + 1];

  /// @param check opened; the core only hands it on
  public CheckGroup(String cluster, CheckPlan plan, Check check) {
    this.cluster = cluster;
    this.plan = plan;
    this.check = check;
  }

  public String cluster() {
    return cluster;
  }

  public CheckPlan plan() {
    return plan;
  }

  public Check check() {
    return check;
  }

  /// How long a report holds, in nanoseconds; 0 for a check that probes by itself.
  long ttlNanos() {
    return plan.setup() instanceof TtlSetup(var ttl) ? ttl.toNanos() : 0;
  }

  boolean full() {
    return admitted >= plan.setup().concurrent();
  }

  void took(long nanos) {
    latencyNanos += nanos;
    int i = 0;
    for (long limit : ProbeCounts.LATENCY_LIMITS_MILLIS) {
      if (nanos <= limit * 1_000_000) break;
      i++;
    }
    latencies[i]++;
  }

  ProbeCounts counts() {
    List<Long> buckets = new ArrayList<>(latencies.length);
    for (long n : latencies) buckets.add(n);
    return new ProbeCounts(
        cluster,
        plan.id(),
        plan.kind(),
        started,
        passing,
        warning,
        critical,
        timedOut,
        unknown,
        late,
        running,
        admitted - running + waiting.size(),
        latencyNanos,
        buckets);
  }
}
