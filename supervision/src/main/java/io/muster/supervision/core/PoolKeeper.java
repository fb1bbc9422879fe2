package io.muster.supervision.core;

import io.muster.supervision.config.PoolSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Keeps a cluster at its size: says which spares come in, and which targets are given up.
public final class PoolKeeper {
  private PoolKeeper() {}

  /// @param promoted spares that are brought into traffic
  /// @param purged targets that have been critical for too long
  public record Wanted(List<Pools.Node> promoted, List<Pools.Node> purged) {}

  /// @param nowMillis by the wall clock, as verdicts have it
  public static Wanted look(PoolSettings pool, Collection<Pools.Node> nodes, long nowMillis) {
    List<Pools.Node> purged = new ArrayList<>();
    Optional<Duration> after = pool.purgeUnavailable();
    if (after.isPresent()) {
      for (Pools.Node n : nodes) {
        Verdict v = n.verdict();
        boolean tooLong = nowMillis - v.sinceMillis() > after.get().toMillis();
        boolean decided = n.checked() && !v.available() && !v.contested();
        if (decided && tooLong && n.record().maintenance() == null) purged.add(n);
      }
    }
    // One that nobody has looked at yet may be about to come.
    long active =
        nodes.stream()
            .filter(n -> n.active() || (!n.checked() && !n.disabled() && !n.spare()))
            .count();
    List<Pools.Node> promoted = new ArrayList<>();
    for (Pools.Node n : nodes) {
      if (active + promoted.size() >= pool.minActiveNodes()) break;
      boolean ready =
          n.spare()
              && n.verdict().available()
              && !n.disabled()
              && !n.draining()
              && n.record().maintenance() == null;
      if (ready) promoted.add(n);
    }
    return new Wanted(promoted, purged);
  }
}
