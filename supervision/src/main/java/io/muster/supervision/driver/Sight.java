package io.muster.supervision.driver;

import io.muster.membership.Member;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.ClusterView;
import io.muster.supervision.SupervisionSettings;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.core.Pools;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.TargetRecord;
import io.muster.supervision.core.Verdict;
import io.muster.supervision.probe.Opinion;
import io.muster.supervision.probe.Prober;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Clusters as users see them. Confined to the supervision loop.
///
/// @param settings of this member
record Sight(
    ClusterSupervision.Parts parts, Pools pools, Prober prober, SupervisionSettings settings) {
  ClusterView cluster(String cluster) {
    PoolSettings pool = settings.pools().get(cluster);
    StateCodec.PoolRecord record = pools.record(cluster);
    StateCodec.JudgeRecord judge = pools.judge();
    Set<String> present = new HashSet<>();
    for (Member m : parts.membership().present()) present.add(m.name());
    Map<TargetId, Map<String, JsonValue>> learned = new HashMap<>();
    for (Opinion o : prober.opinions()) learned.put(o.target(), o.learned());
    return new ClusterView(
        cluster,
        pool == null ? "" : pool.type(),
        pools.initialized(cluster),
        record == null ? 0 : record.revision(),
        judge == null ? "" : judge.name(),
        parts.meta().view().quorum(),
        watchers(cluster, _ -> true),
        pool == null ? List.of() : watchers(cluster, digest -> !digest.equals(pool.digest())),
        pools.nodes(cluster).stream().map(n -> node(n, present, learned)).toList(),
        pools.active(cluster));
  }

  /// Names of members that are configured with a cluster, in such a way.
  private List<String> watchers(String cluster, Predicate<String> how) {
    List<String> names = new ArrayList<>();
    for (StateCodec.SourceRecord s : pools.sources().values()) {
      String digest = s.digests().get(cluster);
      if (digest != null && how.test(digest)) names.add(s.by());
    }
    return names.stream().sorted().toList();
  }

  private ClusterView.Node node(
      Pools.Node n, Set<String> present, Map<TargetId, Map<String, JsonValue>> learned) {
    Verdict v = n.verdict();
    Map<String, ClusterView.Opinion> said = new LinkedHashMap<>();
    n.opinions()
        .values()
        .forEach(
            h ->
                said.put(
                    h.by(),
                    new ClusterView.Opinion(
                        h.health(),
                        h.errors(),
                        h.warnings(),
                        h.sinceMillis(),
                        present.contains(h.by()))));
    TargetRecord.Drain d = n.record().drain();
    TargetRecord.Maintenance m = n.record().maintenance();
    return new ClusterView.Node(
        n.id().addr(),
        n.definition().endpoint().text(),
        v.health(),
        v.available(),
        n.active(),
        n.checked(),
        n.disabled(),
        n.spare(),
        v.contested(),
        v.stale(),
        v.damped(),
        d == null
            ? ClusterView.Interval.OFF
            : new ClusterView.Interval(true, d.reason(), "", d.sinceMillis(), d.untilMillis()),
        m == null
            ? ClusterView.Interval.OFF
            : new ClusterView.Interval(true, m.reason(), m.by(), m.sinceMillis(), m.untilMillis()),
        v.sinceMillis(),
        n.verdictIndex(),
        v.term(),
        v.ballot(),
        v.errors(),
        v.warnings(),
        n.definition().attributes(),
        learned.getOrDefault(n.id(), Map.of()),
        said,
        prober.checks(n.id()));
  }
}
