package io.muster.bench;

import io.muster.bench.driver.ChecksRun;
import io.muster.bench.driver.FanoutRun;
import io.muster.bench.driver.IdleRun;
import io.muster.bench.driver.LoginRun;
import io.muster.bench.driver.QueryRun;
import io.muster.bench.driver.SetGetRun;
import io.muster.kernel.MusterException;
import java.util.function.Consumer;

/// Runs plans against a target.
///
/// Each call blocks until its run has ended, has connections and threads of its own, and leaves
/// none behind. Everything happens below `/muster-bench/` and a random name; records written there
/// are removed at the end. All throw [MusterException]: `setting_invalid` for a plan that does not
/// fit the target, `bench_unreachable`, `bench_refused`, `bench_broken`. What goes wrong after the
/// set-up is in the result instead.
public final class Bench {
  private Bench() {}

  /// Publications through the cluster.
  ///
  /// @param progress is told in words what goes on, on the calling thread
  public static LoadResult fanout(
      Target target, FanoutPlan plan, Timing timing, Consumer<String> progress) {
    if (plan.across() && target.urls().size() < 2) {
      throw Expect.wrong(
          "url",
          "expected two or more addresses: publishers use the first, subscribers the others");
    }
    return new FanoutRun(target, plan, timing, progress).run();
  }

  /// Writes or reads of records. After writes each record is read back and compared.
  ///
  /// @param progress is told in words what goes on, on the calling thread
  public static LoadResult setGet(
      Target target, SetGetPlan plan, Timing timing, Consumer<String> progress) {
    return new SetGetRun(target, plan, timing, progress).run();
  }

  /// Clients that come, log in and go. Done is a login; its latency is that of connection, session
  /// and login together.
  ///
  /// @param progress is told in words what goes on, on the calling thread
  public static LoadResult login(
      Target target, LoginPlan plan, Timing timing, Consumer<String> progress) {
    return new LoginRun(target, plan, timing, progress).run();
  }

  /// Wildcard reads of many records. Each answer's records are counted.
  ///
  /// @param progress is told in words what goes on, on the calling thread
  public static LoadResult query(
      Target target, QueryPlan plan, Timing timing, Consumer<String> progress) {
    return new QueryRun(target, plan, timing, progress).run();
  }

  /// Silent clients.
  ///
  /// @param timing `warmup` is the time in which the members settle after the last client came
  /// @param progress is told in words what goes on, on the calling thread
  public static IdleResult idle(
      Target target, IdlePlan plan, Timing timing, Consumer<String> progress) {
    return new IdleRun(target, plan, timing, progress).run();
  }

  /// Health checks of targets on this machine, which need no cluster.
  ///
  /// @param progress is told in words what goes on, on the calling thread
  public static ChecksResult checks(ChecksPlan plan, Timing timing, Consumer<String> progress) {
    return new ChecksRun(plan, timing, progress).run();
  }
}
