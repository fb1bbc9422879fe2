package io.muster.supervision.config;

import io.muster.spi.balance.BalancerSetup;
import io.muster.supervision.probe.CheckPlan;
import io.muster.supervision.probe.Timing;
import io.muster.supervision.trigger.TriggerSettings;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One entry of `clusters`: a pool of instances of a service. Immutable.
///
/// @param type what its check kinds are looked up under: `redis`, `http`, `generic`
/// @param port of addresses that name none; 0 where they must
/// @param nodes as the file lists them
/// @param source the whole entry as text, nodes and balancers left out
/// @param digest of `source`: members that differ in it watch differently, and say so
/// @param minActiveNodes while fewer are active, spares that are well are brought in; 0 for never
/// @param purgeUnavailable targets critical for longer are deleted; empty for never
public record PoolSettings(
    String name,
    String type,
    int port,
    List<NodeDefinition> nodes,
    List<CheckPlan> checks,
    boolean passWithoutChecks,
    List<TriggerSettings> triggers,
    Map<String, BalancerPlan> balancers,
    VoteRules votes,
    Damping damping,
    int minActiveNodes,
    Optional<Duration> purgeUnavailable,
    String source,
    String digest) {
  public PoolSettings {
    nodes = List.copyOf(nodes);
    checks = List.copyOf(checks);
    triggers = List.copyOf(triggers);
    balancers = Collections.unmodifiableMap(new LinkedHashMap<>(balancers));
  }

  /// How long what a member said of a target counts without being said again.
  public Duration opinionLifetime() {
    return checks.stream()
        .map(c -> c.timing().lifetime())
        .reduce(Duration.ofSeconds(5), (a, b) -> a.compareTo(b) > 0 ? a : b);
  }

  /// The shortest period of its checks; a second where it has none.
  public Duration period() {
    return checks.stream()
        .map(CheckPlan::timing)
        .map(Timing::every)
        .min(Duration::compareTo)
        .orElse(Duration.ofSeconds(1));
  }

  /// One entry of `balancers`.
  ///
  /// @param coalesce how long changes are gathered before the balancer is told
  /// @param source its keys as JSON text: another one is another balancer
  public record BalancerPlan(
      String name,
      String type,
      BalancerSetup setup,
      BalancerSetup.OnEmpty onEmpty,
      Duration coalesce,
      String source) {}

  /// How many votes decide.
  ///
  /// @param fresh whether a majority of those who say something decides, instead of one of all who
  ///     may vote: for two sites of which either may be alone
  /// @param min how many must say something for `fresh`
  /// @param down votes for `critical`; 0 for more than half
  /// @param up votes for `passing` or `warning`; 0 for more than half
  /// @param staleAfter a verdict that nobody could confirm for so long is marked
  public record VoteRules(boolean fresh, int min, int down, int up, Duration staleAfter) {
    public static final VoteRules MAJORITY = new VoteRules(false, 1, 0, 0, Duration.ofSeconds(30));
  }

  /// When a target that comes and goes is kept out of traffic.
  ///
  /// @param transitions within `window` that begin a hold; 0 never does
  /// @param hold the first hold; each further one is twice as long
  /// @param holdMax the longest
  public record Damping(int transitions, Duration window, Duration hold, Duration holdMax) {
    public static final Damping USUAL =
        new Damping(6, Duration.ofMinutes(1), Duration.ofSeconds(10), Duration.ofMinutes(5));
  }
}
