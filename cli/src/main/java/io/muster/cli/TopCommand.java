package io.muster.cli;

import java.io.Console;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster top`: what all members do now, at one glance.
@Command(
    name = "top",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what all members do: messages, publications and deliveries per second, clients, lag,"
          + " memory, processor.",
      "On a terminal it is shown again every few seconds until Ctrl-C; elsewhere, and with --once,"
          + " one time."
    },
    footer = {
      "",
      "IN/S and OUT/S are messages from and to clients; PUB/S what was set and removed here;"
          + " DELIV/S what subscribers here were given. STREAM is what other members have not"
          + " acknowledged yet, LAG entries of Raft that wait to be applied. CPU is of one core.",
      "",
      "Exit codes: 0 all members answered; 1 one did not; 2 usage; 3 not running.",
      "",
      "Example:  muster top -c muster.yaml",
      "          muster top --once --json"
    })
final class TopCommand implements Callable<Integer> {
  /// Clears the screen and goes to its upper left corner.
  private static final String CLEAR = "\033[H\033[2J";

  @Mixin AdminClient admin = new AdminClient();

  @Option(names = "--once", description = "Show it one time, after --every.")
  boolean once;

  @Option(
      names = "--every",
      paramLabel = "S",
      defaultValue = "2s",
      converter = DurationOption.class,
      description =
          "Over how long rates are taken, in seconds or as 500ms, up to 1m (${DEFAULT-VALUE}).")
  Duration every = Duration.ofSeconds(2);

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    if (every.compareTo(Duration.ofMillis(100)) < 0 || every.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--every: expected 100ms to 1m, found " + DurationOption.words(every));
    }
    boolean terminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    boolean again = !once && terminal;
    JsonNode before = admin.get("/v1/top");
    while (true) {
      LockSupport.parkNanos(every.toNanos());
      JsonNode now = admin.get("/v1/top");
      ObjectNode rates = rates(before, now);
      before = now;
      if (admin.json) System.out.println(rates);
      else System.out.print((again ? CLEAR : "") + table(rates));
      if (System.out.checkError()) return Main.OK;
      if (!again) return rates.path("missing").isEmpty() ? Main.OK : Main.FAILURE;
    }
  }

  /// What happened between two looks, per second of each member's own clock.
  static ObjectNode rates(JsonNode before, JsonNode now) {
    Map<String, JsonNode> earlier = new HashMap<>();
    for (JsonNode m : before.path("members")) earlier.put(m.path("member").asString(), m);
    ObjectNode all = AdminClient.JSON.createObjectNode();
    ArrayNode members = all.putArray("members");
    for (JsonNode m : now.path("members")) {
      JsonNode b = earlier.get(m.path("member").asString());
      // One that was restarted in between counts from nothing again.
      if (b == null || b.path("atMillis").asLong() >= m.path("atMillis").asLong()) b = null;
      if (b != null && b.path("uptimeMillis").asLong() > m.path("uptimeMillis").asLong()) b = null;
      ObjectNode row = members.addObject();
      row.put("member", m.path("member").asString());
      row.put("ready", m.path("ready").asBoolean());
      row.put("state", m.path("state").asString());
      row.put("uptimeMillis", m.path("uptimeMillis").asLong());
      row.set("leads", m.path("leads"));
      row.put("connections", m.path("connections").asLong());
      rate(row, "framesIn", b, m);
      rate(row, "framesOut", b, m);
      rate(row, "bytesIn", b, m);
      rate(row, "bytesOut", b, m);
      rate(row, "publications", b, m);
      rate(row, "deliveries", b, m);
      rate(row, "received", b, m);
      row.put("lost", m.path("lost").asLong());
      row.put("waitingBytes", m.path("waitingBytes").asLong());
      row.put("streamBytes", m.path("streamBytes").asLong());
      row.put("raftLag", m.path("raftLag").asLong());
      row.put("heapUsed", m.path("heapUsed").asLong());
      row.put("heapMax", m.path("heapMax").asLong());
      // Nanoseconds of the processor within a second of the clock, as a share of one core.
      row.put("cpu", rounded(perSecond("cpuNanos", b, m) / 1e9));
      row.put("cpus", m.path("cpus").asInt());
    }
    all.set("missing", now.path("missing"));
    return all;
  }

  private static void rate(ObjectNode row, String name, @Nullable JsonNode b, JsonNode m) {
    row.put(name + "PerSecond", rounded(perSecond(name, b, m)));
  }

  private static double perSecond(String name, @Nullable JsonNode before, JsonNode now) {
    if (before == null) return 0;
    long millis = now.path("atMillis").asLong() - before.path("atMillis").asLong();
    long more = now.path(name).asLong() - before.path(name).asLong();
    return Math.max(0, more) * 1000.0 / millis;
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }

  private static String table(ObjectNode rates) {
    StringBuilder out = new StringBuilder();
    out.append(
        "%-14s %8s %8s %8s %8s %7s %8s %5s %11s %5s  %s%n"
            .formatted(
                "MEMBER", "IN/S", "OUT/S", "PUB/S", "DELIV/S", "CLIENTS", "STREAM", "LAG", "HEAP",
                "CPU", "LEADS"));
    for (JsonNode m : rates.path("members")) {
      String name = m.path("member").asString();
      out.append(
          "%-14s %8s %8s %8s %8s %7d %8s %5d %11s %4.0f%%  %s%n"
              .formatted(
                  name.length() > 14 ? name.substring(0, 13) + "…" : name,
                  count(m.path("framesInPerSecond").asDouble()),
                  count(m.path("framesOutPerSecond").asDouble()),
                  count(m.path("publicationsPerSecond").asDouble()),
                  count(m.path("deliveriesPerSecond").asDouble()),
                  m.path("connections").asLong(),
                  bytes(m.path("streamBytes").asLong()),
                  m.path("raftLag").asLong(),
                  bytes(m.path("heapUsed").asLong()) + "/" + bytes(m.path("heapMax").asLong()),
                  m.path("cpu").asDouble() * 100,
                  Asking.joined(m.path("leads"))));
      if (!m.path("ready").asBoolean()) {
        out.append("  not ready: ").append(m.path("state").asString()).append('\n');
      }
      if (m.path("lost").asLong() > 0) {
        out.append("  publications lost since its start: ").append(m.path("lost")).append('\n');
      }
    }
    for (JsonNode m : rates.path("missing")) {
      out.append("missing: ").append(m.asString()).append('\n');
    }
    return out.toString();
  }

  private static String count(double perSecond) {
    if (perSecond >= 1e6) return String.format(Locale.ROOT, "%.1fM", perSecond / 1e6);
    if (perSecond >= 1e4) return String.format(Locale.ROOT, "%.1fk", perSecond / 1e3);
    return String.format(Locale.ROOT, perSecond < 10 && perSecond > 0 ? "%.1f" : "%.0f", perSecond);
  }

  private static String bytes(long n) {
    if (n >= 10L << 30) return (n >> 30) + "G";
    if (n >= 10L << 20) return (n >> 20) + "M";
    if (n >= 10L << 10) return (n >> 10) + "K";
    return Long.toString(n);
  }
}
