package io.muster.bench.driver;

import io.muster.bench.ChecksPlan;
import io.muster.bench.ChecksResult;
import io.muster.bench.Timing;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.supervision.probe.CheckPlan;
import io.muster.supervision.probe.ProbeCounts;
import io.muster.supervision.probe.ProbePlan;
import io.muster.supervision.probe.Prober;
import io.muster.supervision.probe.ProberSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/// One run of [ChecksPlan]: the prober and the `http` kind of a member, against a responder of its
/// own in this process; used once.
public final class ChecksRun {
  private static final int PORTS = 16;

  private final ChecksPlan plan;
  private final Timing timing;
  private final Consumer<String> progress;

  public ChecksRun(ChecksPlan plan, Timing timing, Consumer<String> progress) {
    this.plan = plan;
    this.timing = timing;
    this.progress = progress;
  }

  /// See [io.muster.bench.Bench#checks].
  public ChecksResult run() {
    try (Responder responder = new Responder(PORTS)) {
      ChecksResult own = own(responder);
      if (!plan.haproxy()) return own;
      OptionalDouble peer = peer(responder);
      return new ChecksResult(
          own.seconds(),
          own.done(),
          own.failed(),
          own.late(),
          own.microsPerCheck(),
          own.cores(),
          own.periodP50Nanos(),
          own.periodP99Nanos(),
          own.periodMaxNanos(),
          peer);
    }
  }

  private ChecksResult own(Responder responder) {
    Periods periods = new Periods();
    CheckSetup http = provider().read(new Defaults());
    CheckSetup timed = context -> periods.timing(http.open(context));
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < plan.targets(); i++) {
      Endpoint to = new Endpoint.Net("tcp", "127.0.0.1", responder.port(i));
      targets.add(new Target("bench", "t" + i, to, Map.of()));
    }
    io.muster.supervision.probe.Timing when =
        new io.muster.supervision.probe.Timing(
            plan.every(),
            Duration.ofSeconds(5),
            1,
            1,
            Duration.ZERO,
            0,
            Health.CRITICAL,
            Duration.ZERO);
    CheckPlan check = new CheckPlan("http", "http", "{}", timed, when);
    try (Prober prober =
        new Prober(ProberSettings.DEFAULT, TimeSource.system(), _ -> Health.UNKNOWN, _ -> {})) {
      prober.plan(new ProbePlan("bench", List.of(check), false, targets));
      say("warming up for %.1f s", timing.warmup());
      pass(timing.warmup());
      say("measuring for %.1f s", timing.measured());
      periods.reset();
      ProbeCounts before = prober.counts().getFirst();
      double cpu = OwnCpu.seconds() - responder.cpuSeconds();
      long from = System.nanoTime();
      pass(timing.measured());
      double seconds = (System.nanoTime() - from) / 1e9;
      cpu = OwnCpu.seconds() - responder.cpuSeconds() - cpu;
      ProbeCounts after = prober.counts().getFirst();
      long passed = after.passing() - before.passing();
      long failed = after.warning() + after.critical() + after.unknown();
      failed -= before.warning() + before.critical() + before.unknown();
      Histogram h = periods.histogram();
      return new ChecksResult(
          seconds,
          passed + failed,
          failed,
          after.late() - before.late(),
          passed + failed == 0 ? 0 : cpu * 1e6 / (passed + failed),
          cpu / seconds,
          h.getValueAtPercentile(50),
          h.getValueAtPercentile(99),
          h.getMaxValue(),
          OptionalDouble.empty());
    }
  }

  private OptionalDouble peer(Responder responder) {
    try (HaproxyPeer peer =
        HaproxyPeer.start(plan, responder)
            .orElseThrow(
                () ->
                    new MusterException(
                        ErrorCode.SETTING_INVALID,
                        "--haproxy: expected haproxy to be installed, found none"))) {
      say("letting haproxy warm up for %.1f s", timing.warmup());
      pass(timing.warmup());
      say("measuring haproxy for %.1f s", timing.measured());
      long checks = responder.answered();
      double cpu = peer.cpuSeconds();
      pass(timing.measured());
      cpu = peer.cpuSeconds() - cpu;
      checks = responder.answered() - checks;
      if (!peer.alive() || checks == 0) {
        throw new MusterException(
            ErrorCode.BENCH_BROKEN, "haproxy ended, or checked nothing: " + peer.said());
      }
      return OptionalDouble.of(cpu * 1e6 / checks);
    }
  }

  private static CheckProvider provider() {
    for (CheckProvider p : ServiceLoader.load(CheckProvider.class)) {
      if (p.name().equals("http")) return p;
    }
    throw new MusterException(
        ErrorCode.SETTING_INVALID, "expected the check kind 'http' among the jars in lib");
  }

  private void say(String format, Duration d) {
    progress.accept(String.format(Locale.ROOT, format, d.toNanos() / 1e9));
  }

  private static void pass(Duration d) {
    new Trouble().pass(d.toNanos());
  }

  /// Times from start to start of each target.
  private static final class Periods {
    private final Map<String, Long> last = new ConcurrentHashMap<>();
    private final Histogram histogram = new Histogram(3);

    Check timing(Check check) {
      return new Check() {
        @Override
        public CompletableFuture<Finding> probe(Probe probe) {
          long now = System.nanoTime();
          Long before = last.put(probe.target().addr(), now);
          if (before != null) {
            synchronized (histogram) {
              histogram.recordValue(now - before);
            }
          }
          return check.probe(probe);
        }

        @Override
        public void close() {
          check.close();
        }
      };
    }

    void reset() {
      synchronized (histogram) {
        histogram.reset();
      }
    }

    Histogram histogram() {
      synchronized (histogram) {
        return histogram.copy();
      }
    }
  }
}
