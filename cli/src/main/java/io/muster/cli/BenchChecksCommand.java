package io.muster.cli;

import io.muster.bench.Bench;
import io.muster.bench.ChecksPlan;
import io.muster.bench.ChecksResult;
import io.muster.bench.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `muster bench checks`: what health checks cost, without any cluster.
@Command(
    name = "checks",
    mixinStandardHelpOptions = true,
    description = {
      "Health checks by HTTP of many targets, answered by this process itself: CPU per check, and",
      "how even the periods are. Needs no cluster. Exit code 1 when a check failed or was late."
    },
    footer = {"", "Example:  muster bench checks --targets 2000 --every 1s --haproxy"})
final class BenchChecksCommand implements Callable<Integer> {
  @Option(
      names = "--targets",
      defaultValue = "2000",
      paramLabel = "N",
      description = "Targets (${DEFAULT-VALUE}).")
  int targets = 2000;

  @Option(
      names = "--every",
      defaultValue = "1s",
      paramLabel = "TIME",
      converter = DurationOption.class,
      description = "From probe to probe of a target (${DEFAULT-VALUE}).")
  Duration every = Duration.ofSeconds(1);

  @Option(
      names = "--haproxy",
      description = "Measure the same work by haproxy afterwards, and print the ratio.")
  boolean haproxy;

  @Option(
      names = "--secs",
      defaultValue = "20",
      paramLabel = "TIME",
      converter = DurationOption.class,
      description = "How long is measured (${DEFAULT-VALUE} s).")
  Duration secs = Duration.ofSeconds(20);

  @Option(
      names = "--warmup",
      defaultValue = "10",
      paramLabel = "TIME",
      converter = DurationOption.class,
      description = "Load before that (${DEFAULT-VALUE} s).")
  Duration warmup = Duration.ofSeconds(10);

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  @Override
  public Integer call() {
    Consumer<String> progress = json ? _ -> {} : text -> System.err.println("muster: " + text);
    ChecksResult r =
        Bench.checks(new ChecksPlan(targets, every, haproxy), new Timing(warmup, secs), progress);
    System.out.print(json ? object(r) : lines(r));
    return r.clean() ? Main.OK : Main.FAILURE;
  }

  private String lines(ChecksResult r) {
    List<String> lines = new ArrayList<>();
    lines.add(text("checks    %,d targets, every %s", targets, DurationOption.words(every)));
    lines.add(
        text(
            "rate      %,.0f checks/s; %,d failed, %,d late",
            r.done() / r.seconds(), r.failed(), r.late()));
    lines.add(
        text(
            "period    p50 %.3f s, p99 %.3f s, max %.3f s",
            r.periodP50Nanos() / 1e9, r.periodP99Nanos() / 1e9, r.periodMaxNanos() / 1e9));
    lines.add(text("cpu       %.1f µs per check; %.3f cores", r.microsPerCheck(), r.cores()));
    r.haproxyMicrosPerCheck()
        .ifPresent(
            h ->
                lines.add(
                    text("haproxy   %.1f µs per check; ratio %.2f", h, r.microsPerCheck() / h)));
    return String.join("\n", lines) + "\n";
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  private String object(ChecksResult r) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("command", "checks");
    values.put("targets", targets);
    values.put("every_s", every.toNanos() / 1e9);
    values.put("measured_s", r.seconds());
    values.put("checks_per_s", r.done() / r.seconds());
    values.put("failed", r.failed());
    values.put("late", r.late());
    values.put("period_p50_s", r.periodP50Nanos() / 1e9);
    values.put("period_p99_s", r.periodP99Nanos() / 1e9);
    values.put("period_max_s", r.periodMaxNanos() / 1e9);
    values.put("cpu_us_per_check", r.microsPerCheck());
    values.put("cpu_cores", r.cores());
    boolean compared = r.haproxyMicrosPerCheck().isPresent();
    values.put(
        "haproxy_cpu_us_per_check", compared ? r.haproxyMicrosPerCheck().getAsDouble() : null);
    values.put("clean", r.clean());
    return AdminClient.JSON.writeValueAsString(values) + "\n";
  }
}
