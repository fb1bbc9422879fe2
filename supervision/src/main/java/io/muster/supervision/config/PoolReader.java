package io.muster.supervision.config;

import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.spi.ProviderSettings;
import io.muster.spi.action.ActionProvider;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.balance.BalancerSetup.OnEmpty;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.config.PoolSettings.BalancerPlan;
import io.muster.supervision.config.PoolSettings.Damping;
import io.muster.supervision.config.PoolSettings.VoteRules;
import io.muster.supervision.probe.CheckPlan;
import io.muster.supervision.probe.Timing;
import io.muster.supervision.trigger.Event;
import io.muster.supervision.trigger.TriggerSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Reads `clusters`. Used by one thread.
public final class PoolReader {
  private static final Set<String> TYPES = Set.of("redis", "http", "generic");

  /// Events that have a name and that nobody tells: members neither start instances nor say how
  /// each round of probes went.
  private static final Set<Event> SILENT =
      Set.of(
          Event.NODES_START,
          Event.NODES_START_CAPACITY,
          Event.NODES_PASSED,
          Event.NODES_FAILED,
          Event.RAFT_NEW_FOLLOWER);

  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration YEARS = Duration.ofDays(3650);
  private static final Duration TICK = Duration.ofMillis(1);
  private final Kinds kinds;
  private final Problems problems = new Problems();

  private PoolReader(Kinds kinds) {
    this.kinds = kinds;
  }

  /// Reads every pool, or says everything that is wrong.
  ///
  /// @param clusters the map under `clusters`, by name
  /// @throws io.muster.kernel.MusterException `setting_invalid`, one problem a line
  public static Map<String, PoolSettings> read(SettingsTree clusters, Kinds kinds) {
    PoolReader reader = new PoolReader(kinds);
    Map<String, PoolSettings> pools = new LinkedHashMap<>();
    SettingsTree.Branch top =
        new SettingsTree.Branch(Map.of("clusters", clusters), clusters.place());
    new Keys(top, "", reader.problems)
        .named("clusters", "names of clusters")
        .forEach((name, keys) -> pools.put(name, reader.pool(name, keys)));
    reader.problems.refuse();
    return pools;
  }

  private PoolSettings pool(String name, Keys keys) {
    if (!name.matches("[^\\s/:]{1,100}")) {
      problems.expected(
          keys.place(), "clusters", "a name without blanks, '/' and ':'", "'" + name + "'");
    }
    String type = type(keys);
    List<CheckPlan> checks = checks(type, keys);
    int port =
        checks.stream()
            .mapToInt(c -> c.setup().defaultPort())
            .filter(p -> p > 0)
            .findFirst()
            .orElse(type.equals("redis") ? 6379 : 0);
    for (String key : List.of("min_spare_nodes", "starting_timeout")) {
      if (!keys.has(key)) continue;
      keys.passed(key);
      problems.add(
          keys.place(key),
          keys.path() + "." + key,
          "members start no instances yet, so nothing would follow from it; take it out");
    }
    Duration purge = keys.duration("purge_unavailable", Duration.ZERO, TICK, YEARS, "");
    PoolSettings pool =
        new PoolSettings(
            name,
            type,
            port,
            nodes(keys, port),
            checks,
            keys.flag("pass_without_checks", false, "targets without checks pass"),
            triggers(keys),
            balancers(keys),
            votes(keys),
            damping(keys),
            keys.integer("min_active_nodes", 0, 0, 100_000, "targets that should be active"),
            Optional.of(purge).filter(p -> !p.isZero()),
            source(keys),
            generated(source(keys)));
    keys.finish();
    return pool;
  }

  private String type(Keys keys) {
    String written = keys.text("type", "", "what kind of service it is");
    String type =
        written.startsWith("clusterduck-") ? written.substring("clusterduck-".length()) : written;
    if (TYPES.contains(type)) return type;
    problems.expected(
        keys.place("type"),
        keys.path() + ".type",
        "one of " + String.join(", ", new TreeSet<>(TYPES)),
        written.isEmpty() ? "none" : "'" + written + "'" + Settings.suggestion(type, TYPES));
    return "generic";
  }

  /// Everything that members should have in common, beside the nodes, which the registry holds.
  private static String source(Keys keys) {
    StringBuilder all = new StringBuilder();
    for (String key : new TreeSet<>(keys.names())) {
      if (key.equals("nodes") || key.equals("balancers")) continue;
      all.append(key).append('=').append(keys.json(key)).append('\n');
    }
    return all.toString();
  }

  // --- nodes

  private List<NodeDefinition> nodes(Keys keys, int port) {
    List<NodeDefinition> nodes = new ArrayList<>();
    Map<String, String> places = new LinkedHashMap<>();
    for (Keys node : keys.list("nodes", "a list of nodes such as - addr: 10.0.0.1:6379")) {
      NodeDefinition definition;
      try {
        definition = NodeDefinition.of(json(node), port);
      } catch (IllegalArgumentException e) {
        String message = String.valueOf(e.getMessage());
        int colon = message.indexOf(':');
        String key = colon > 0 ? message.substring(0, colon) : "";
        problems.add(node.place(key), node.path(), message);
        continue;
      }
      String before = places.putIfAbsent(definition.addr(), node.place("addr"));
      if (before == null) {
        nodes.add(definition);
      } else {
        problems.add(
            node.place("addr"),
            node.path(),
            "'" + definition.addr() + "' is listed at " + before + " already; take one out");
      }
    }
    return nodes;
  }

  private static JsonValue json(Keys keys) {
    return JsonText.read(keys.json().getBytes(StandardCharsets.UTF_8));
  }

  // --- checks

  private List<CheckPlan> checks(String type, Keys keys) {
    List<CheckPlan> plans = new ArrayList<>();
    Set<String> ids = new TreeSet<>();
    for (Keys check : keys.list("health_checks", "a list of checks such as - type: tcp")) {
      check(type, check)
          .ifPresent(
              plan -> {
                if (ids.add(plan.id())) plans.add(plan);
                else {
                  problems.add(
                      check.place(),
                      check.path(),
                      "another check has the id '" + plan.id() + "'; give one of them an id");
                }
              });
    }
    return plans;
  }

  private Optional<CheckPlan> check(String type, Keys check) {
    String written = check.text("type", "", "kind of check");
    Timing timing = timing(check);
    String id = check.text("id", "", "its name in events and views");
    check.passed("name");
    Optional<CheckProvider> provider = kinds.check(type, written);
    if (provider.isEmpty()) {
      problems.expected(
          check.place("type"),
          check.path() + ".type",
          "one of " + String.join(", ", new TreeSet<>(kinds.checkNames())),
          written.isEmpty() ? "none" : "'" + written + "'");
      return Optional.empty();
    }
    try {
      CheckSetup setup = provider.get().read(check);
      check.finish();
      String source = check.json();
      return Optional.of(
          new CheckPlan(
              id.isEmpty() ? generated(source) : id, provider.get().name(), source, setup, timing));
    } catch (RuntimeException e) {
      problems.add(e);
      return Optional.empty();
    }
  }

  private Timing timing(Keys check) {
    String everyKey = check.has("every") ? "every" : "interval";
    if (check.has("every") && check.has("interval")) {
      problems.add(
          check.place("interval"),
          check.path() + ".interval",
          "is 'every', which is given as well");
    }
    check.passed("every", "interval");
    Duration every =
        check.duration(everyKey, Duration.ofSeconds(5), Timing.EVERY_MIN, YEARS, "period");
    Duration usual = every.compareTo(Duration.ofSeconds(2)) < 0 ? every : Duration.ofSeconds(2);
    Duration timeout = check.duration("timeout", usual, TICK, DAY, "longest probe");
    String afterKey = check.has("interval_after_fail") ? "interval_after_fail" : "wait_after_fail";
    check.passed("interval_after_fail", "wait_after_fail");
    return new Timing(
        every,
        timeout,
        check.integer("rise", 1, 1, 100, "passes in a row until it is well"),
        check.integer("fall", 1, 1, 100, "failures in a row until it is critical"),
        check.duration("initial_delay", Duration.ZERO, Duration.ZERO, DAY, "before the first"),
        jitter(check),
        check.choice("severity", Severity.class, Severity.CRITICAL, "what a failure means")
                == Severity.WARNING
            ? Health.WARNING
            : Health.CRITICAL,
        check.duration(afterKey, Duration.ZERO, Timing.EVERY_MIN, YEARS, "period after a failure"));
  }

  private enum Severity {
    WARNING,
    CRITICAL
  }

  /// A part of the period: `5%` or `0.05`.
  private double jitter(Keys check) {
    String text = check.text("jitter", "5%", "lateness at random");
    try {
      double part =
          text.endsWith("%")
              ? Double.parseDouble(text.substring(0, text.length() - 1).strip()) / 100
              : Double.parseDouble(text);
      if (part >= 0 && part <= 0.1) return part;
    } catch (NumberFormatException e) {
      // Said below.
    }
    problems.expected(
        check.place("jitter"), check.path() + ".jitter", "0% to 10%", "'" + text + "'");
    return 0.05;
  }

  /// The same for the same keys on every member.
  static String generated(String source) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  // --- triggers

  private List<TriggerSettings> triggers(Keys keys) {
    List<TriggerSettings> all = new ArrayList<>();
    List<ActionProvider> plugins = List.copyOf(kinds.actions().values());
    for (Keys trigger : keys.list("triggers", "a list of triggers, each with on and do")) {
      try {
        TriggerSettings read = TriggerSettings.read(trigger, plugins);
        if (SILENT.contains(read.on())) {
          problems.add(
              trigger.place("on"),
              trigger.path() + ".on",
              "members do not tell "
                  + read.on().text()
                  + " yet; take the trigger out, or let it wait for nodes.state");
        }
        all.add(read);
        trigger.passed("name");
        trigger.finish();
      } catch (RuntimeException e) {
        problems.add(e);
      }
    }
    try {
      return TriggerSettings.distinct(all);
    } catch (IllegalArgumentException e) {
      problems.add(
          keys.place("triggers"), keys.path() + ".triggers", String.valueOf(e.getMessage()));
      return all;
    }
  }

  // --- votes

  private VoteRules votes(Keys keys) {
    VoteRules usual = VoteRules.MAJORITY;
    Duration stale =
        keys.duration("stale_after", usual.staleAfter(), Duration.ofSeconds(1), DAY, "");
    boolean word = keys.value("votes", "", "").filter(JsonValue.Text.class::isInstance).isPresent();
    if (word) {
      Rule rule = keys.choice("votes", Rule.class, Rule.MAJORITY, "who decides");
      return new VoteRules(rule == Rule.FRESH, 1, 0, 0, stale);
    }
    Optional<Keys> given = keys.below("votes", "majority, fresh, or keys below it");
    if (given.isEmpty()) return new VoteRules(false, 1, 0, 0, stale);
    Keys v = given.get();
    VoteRules rules =
        new VoteRules(
            v.choice("of", Rule.class, Rule.MAJORITY, "who decides") == Rule.FRESH,
            v.integer("min", 1, 1, 1000, "opinions that there must be"),
            v.integer("down", 0, 0, 1000, "votes for critical; 0 is more than half"),
            v.integer("up", 0, 0, 1000, "votes for passing; 0 is more than half"),
            stale);
    v.finish();
    return rules;
  }

  private enum Rule {
    MAJORITY,
    FRESH
  }

  private Damping damping(Keys keys) {
    Damping usual = Damping.USUAL;
    Optional<Keys> given = keys.below("damping", "keys below it");
    if (given.isEmpty()) return usual;
    Keys d = given.get();
    Damping damping =
        new Damping(
            d.integer("transitions", usual.transitions(), 0, 10_000, "0 is never"),
            d.duration("window", usual.window(), Duration.ofSeconds(1), DAY, ""),
            d.duration("hold", usual.hold(), Duration.ofMillis(100), DAY, "first"),
            d.duration("hold_max", usual.holdMax(), Duration.ofMillis(100), DAY, "longest"));
    d.finish();
    return damping;
  }

  // --- balancers

  private Map<String, BalancerPlan> balancers(Keys keys) {
    Map<String, BalancerPlan> plans = new LinkedHashMap<>();
    keys.named("balancers", "names of balancers")
        .forEach((name, b) -> balancer(name, b).ifPresent(plan -> plans.put(name, plan)));
    return plans;
  }

  private Optional<BalancerPlan> balancer(String name, Keys keys) {
    if (!name.matches("[A-Za-z0-9_.-]{1,100}")) {
      problems.expected(
          keys.place(), keys.path(), "a name of letters, digits, '_', '.' and '-'", name);
    }
    String type = keys.text("type", "", "kind of balancer");
    BalancerProvider provider = kinds.balancers().get(type);
    Duration coalesce =
        keys.duration("coalesce", Duration.ofMillis(200), Duration.ZERO, DAY, "gathers changes");
    boolean said = keys.has("on_empty");
    OnEmpty onEmpty = keys.choice("on_empty", OnEmpty.class, OnEmpty.KEEP, "no target");
    if (provider == null) {
      problems.expected(
          keys.place("type"),
          keys.path() + ".type",
          "one of " + String.join(", ", new TreeSet<>(kinds.balancers().keySet())),
          type.isEmpty() ? "none" : "'" + type + "'");
      return Optional.empty();
    }
    try {
      ProviderSettings own = keys;
      BalancerSetup setup = provider.read(own);
      keys.finish();
      return Optional.of(
          new BalancerPlan(
              name, type, setup, said ? onEmpty : setup.onEmpty(), coalesce, keys.json()));
    } catch (RuntimeException e) {
      problems.add(e);
      return Optional.empty();
    }
  }
}
