package io.muster.cli;

import io.muster.bench.Checked;
import io.muster.bench.Cost;
import io.muster.bench.FanoutPlan;
import io.muster.bench.Generator;
import io.muster.bench.IdleResult;
import io.muster.bench.Latency;
import io.muster.bench.LoadResult;
import io.muster.bench.LoginPlan;
import io.muster.bench.QueryPlan;
import io.muster.bench.SetGetPlan;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a measurement prints: a few lines for people, or one JSON object whose keys stay. A value
/// that nobody knows is `null` there.
final class BenchOutput {
  private static final long LATE_NANOS = 1_000_000;
  private final List<String> lines = new ArrayList<>();
  private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

  private BenchOutput(String command, Target target) {
    values.put("command", command);
    values.put("urls", target.urls().stream().map(URI::toString).toList());
  }

  String text(boolean json) {
    return json
        ? AdminClient.JSON.writeValueAsString(values) + "\n"
        : String.join("\n", lines) + "\n";
  }

  static BenchOutput fanout(
      String command, Target target, FanoutPlan plan, Timing timing, LoadResult r) {
    BenchOutput out = new BenchOutput(command, target);
    out.line(
        command,
        "%s, %s, %s, %,d bytes, %s",
        count(plan.publishers(), "publisher"),
        count(plan.topics(), "topic"),
        count(plan.subscribers(), "subscriber"),
        plan.sizeBytes(),
        plan.rate() == 0 ? "as many as are delivered" : rate(plan.rate()));
    out.where(target, timing);
    out.line(
        "rate",
        "%,.0f publications/s, %,.0f deliveries/s",
        r.sent() / r.seconds(),
        r.done() / r.seconds());
    out.put("publishers", plan.publishers());
    out.put("topics", plan.topics());
    out.put("subscribers", plan.subscribers());
    out.put("size_bytes", plan.sizeBytes());
    out.put("rate", plan.rate());
    out.put("publications_per_s", round(r.sent() / r.seconds()));
    out.put("deliveries_per_s", round(r.done() / r.seconds()));
    out.load(target, timing, plan.rate(), "deliveries", r);
    return out;
  }

  static BenchOutput setGet(Target target, SetGetPlan plan, Timing timing, LoadResult r) {
    String op = plan.op().name().toLowerCase(Locale.ROOT);
    BenchOutput out = new BenchOutput("setget", target);
    out.line(
        "setget",
        "%s by %s, %s, %,d bytes, %s",
        op,
        count(plan.clients(), "client"),
        count(plan.keys(), "record"),
        plan.sizeBytes(),
        plan.rate() == 0 ? "each waits for its answers" : rate(plan.rate()));
    out.where(target, timing);
    out.line("rate", "%,.0f requests/s", r.done() / r.seconds());
    out.put("op", op);
    out.put("clients", plan.clients());
    out.put("keys", plan.keys());
    out.put("size_bytes", plan.sizeBytes());
    out.put("rate", plan.rate());
    out.put("requests_per_s", round(r.done() / r.seconds()));
    out.load(target, timing, plan.rate(), "requests", r);
    return out;
  }

  static BenchOutput query(Target target, QueryPlan plan, Timing timing, LoadResult r) {
    String kind = plan.kind().name().toLowerCase(Locale.ROOT);
    BenchOutput out = new BenchOutput("query", target);
    out.line(
        "query",
        "%s by %s among %s, %,d bytes, %s an answer",
        kind,
        count(plan.clients(), "client"),
        count(plan.records(), "record"),
        plan.sizeBytes(),
        count(plan.expected(), "record"));
    out.where(target, timing);
    out.line(
        "rate",
        "%,.1f queries/s, %,.0f records/s",
        r.done() / r.seconds(),
        r.done() / r.seconds() * plan.expected());
    out.put("kind", kind);
    out.put("clients", plan.clients());
    out.put("records", plan.records());
    out.put("hits", plan.expected());
    out.put("size_bytes", plan.sizeBytes());
    out.put("queries_per_s", round(r.done() / r.seconds()));
    out.load(target, timing, 0, "queries", r);
    return out;
  }

  static BenchOutput login(Target target, LoginPlan plan, Timing timing, LoadResult r) {
    BenchOutput out = new BenchOutput("login", target);
    out.line("login", "%s come and go", count(plan.atOnce(), "client"));
    out.where(target, timing);
    out.line("rate", "%,.0f logins/s, each on a connection of its own", r.done() / r.seconds());
    out.put("clients", plan.atOnce());
    out.put("logins_per_s", round(r.done() / r.seconds()));
    out.load(target, timing, 0, "logins", r);
    return out;
  }

  static BenchOutput idle(Target target, Timing timing, IdleResult r) {
    BenchOutput out = new BenchOutput("idle", target);
    out.line("idle", "%s, each subscribed to a topic of its own", count(r.clients(), "client"));
    out.where(target, timing);
    out.line("rate", "%,.0f clients/s while they came", r.connectsPerSecond());
    out.line(
        "memory",
        "%s",
        r.bytesPerClient().isPresent()
            ? text("%.1f KiB per client", r.bytesPerClient().getAsDouble() / 1024)
            : "unknown: no member tells its own");
    out.line(
        "cpu",
        "%s",
        r.cores().isPresent()
            ? text("%.3f cores while all were silent", r.cores().getAsDouble())
            : unknownCpu(target));
    out.put("clients", r.clients());
    out.put("connects_per_s", round(r.connectsPerSecond()));
    out.put("bytes_per_client", number(r.bytesPerClient()));
    out.put("cpu_cores", number(r.cores()));
    out.time(timing, target);
    out.members(r.cost());
    out.checked(r.checked());
    return out;
  }

  private static String count(int n, String what) {
    return text("%,d %s%s", n, what, n == 1 ? "" : "s");
  }

  private static String rate(double perSecond) {
    return text("%,.0f a second", perSecond);
  }

  private void where(Target target, Timing timing) {
    line(
        "at",
        "%s",
        target.urls().stream().map(URI::getAuthority).collect(Collectors.joining(", ")));
    line("for", "%.1f s after %.1f s", seconds(timing.measured()), seconds(timing.warmup()));
  }

  private void time(Timing timing, Target target) {
    put("warmup_s", seconds(timing.warmup()));
    put("measured_s", seconds(timing.measured()));
    put("threads", target.threads());
  }

  /// What both kinds of load have in common.
  private void load(Target target, Timing timing, double rate, String unit, LoadResult r) {
    Latency l = r.latency();
    boolean due = rate > 0;
    line(
        "latency",
        "p50 %s, p99 %s, p99.9 %s, max %s, since %s",
        millis(l.p50Nanos()),
        millis(l.p99Nanos()),
        millis(l.p999Nanos()),
        millis(l.maxNanos()),
        due ? "due" : "sent");
    put("latency_since", due ? "due" : "sent");
    put("p50_us", micros(l.p50Nanos()));
    put("p99_us", micros(l.p99Nanos()));
    put("p999_us", micros(l.p999Nanos()));
    put("max_us", micros(l.maxNanos()));
    time(timing, target);
    OptionalDouble perMillion =
        r.cost().map(c -> c.perMillion(r.done())).orElse(OptionalDouble.empty());
    if (r.cost().isPresent() && perMillion.isPresent()) {
      Cost c = r.cost().get();
      line(
          "cpu",
          "%.3f s per million %s; %.2f cores of %s%s",
          perMillion.getAsDouble(),
          unit,
          c.cpuSeconds() / r.seconds(),
          count(c.members(), "member"),
          c.residentBytes().isPresent()
              ? text(", %,d MiB", c.residentBytes().getAsLong() >> 20)
              : "");
    } else {
      line("cpu", "%s", unknownCpu(target));
    }
    put("cpu_s_per_million", number(perMillion));
    put("cpu_cores", r.cost().map(c -> (Object) round(c.cpuSeconds() / r.seconds())).orElse(null));
    members(r.cost());
    checked(r.checked());
    generator(r.generator(), due);
  }

  private static String unknownCpu(Target target) {
    return target.admins().isEmpty()
        ? "unknown: --admin names the members to ask"
        : "unknown: a member was started anew";
  }

  private void members(Optional<Cost> cost) {
    OptionalLong resident = cost.isPresent() ? cost.get().residentBytes() : OptionalLong.empty();
    put("members", cost.map(Cost::members).orElse(0));
    put("resident_bytes", resident.isPresent() ? resident.getAsLong() : null);
  }

  private void checked(Checked c) {
    line(
        "checked",
        "%,d lost, %,d duplicates, %,d out of order, %,d refused, %,d disconnected",
        c.lost(),
        c.duplicates(),
        c.outOfOrder(),
        c.refused(),
        c.disconnected());
    c.trouble().ifPresent(t -> line("trouble", "%s", t));
    put("lost", c.lost());
    put("duplicates", c.duplicates());
    put("out_of_order", c.outOfOrder());
    put("refused", c.refused());
    put("disconnected", c.disconnected());
    put("trouble", c.trouble().orElse(null));
    put("clean", c.clean());
  }

  private void generator(Generator g, boolean due) {
    line(
        "self",
        "%.2f cores%s",
        g.cores(),
        due ? text(", 99 of 100 sent within %s of due", millis(g.lateP99Nanos())) : "");
    if (g.unsent() > 0) {
      line("note", "%,d were due and never sent: the rate was not reached", g.unsent());
    }
    if (g.lateP99Nanos() > LATE_NANOS) {
      line("note", "the generator was late itself: try a lower --rate or more --threads");
    }
    put("generator_cores", round(g.cores()));
    put("generator_late_p99_us", micros(g.lateP99Nanos()));
    put("unsent", g.unsent());
  }

  private void line(String name, String format, Object... arguments) {
    lines.add(text("%-9s ", name) + text(format, arguments));
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  private void put(String key, @Nullable Object value) {
    values.put(key, value);
  }

  private static @Nullable Object number(OptionalDouble d) {
    return d.isPresent() ? round(d.getAsDouble()) : null;
  }

  private static double seconds(Duration d) {
    return d.toNanos() / 1e9;
  }

  private static String millis(long nanos) {
    return text(nanos < 100_000_000 ? "%.3f ms" : "%.0f ms", nanos / 1e6);
  }

  private static double micros(long nanos) {
    return Math.round(nanos / 100.0) / 10.0;
  }

  private static double round(double d) {
    return Math.round(d * 1000) / 1000.0;
  }
}
