package io.muster.supervision.driver;

import io.muster.supervision.Supervision.Reloaded;
import io.muster.supervision.SupervisionSettings;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.core.FileDifference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What loading the settings anew means, in the words of [Reloaded].
final class Reloading {
  private Reloading() {}

  /// Clusters that are configured otherwise on this member, beside their nodes.
  static List<String> changed(SupervisionSettings before, SupervisionSettings now) {
    List<String> changed = new ArrayList<>();
    Set<String> names = new TreeSet<>(before.pools().keySet());
    names.addAll(now.pools().keySet());
    for (String name : names) {
      if (!same(before.pools().get(name), now.pools().get(name))) changed.add(name);
    }
    return changed;
  }

  private static boolean same(@Nullable PoolSettings was, @Nullable PoolSettings is) {
    if (was == null || is == null || !was.source().equals(is.source())) return false;
    if (!was.balancers().keySet().equals(is.balancers().keySet())) return false;
    for (PoolSettings.BalancerPlan b : is.balancers().values()) {
      PoolSettings.BalancerPlan old = was.balancers().get(b.name());
      if (old == null || !old.source().equals(b.source())) return false;
    }
    return true;
  }

  static Reloaded reloaded(boolean dry, List<FileDifference> all, List<String> changed) {
    List<String> inserted = new ArrayList<>();
    List<String> deleted = new ArrayList<>();
    List<String> updated = new ArrayList<>();
    List<String> kept = new ArrayList<>();
    for (FileDifference d : all) {
      d.inserted().keySet().forEach(id -> inserted.add(id.toString()));
      d.updated().keySet().forEach(id -> updated.add(id.toString()));
      d.deleted().forEach(id -> deleted.add(id.toString()));
      kept.addAll(d.kept());
    }
    return new Reloaded(dry, inserted, deleted, updated, kept, changed);
  }
}
