package io.muster.node;

import io.muster.kernel.Address;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Reports of health to the letter as happn-cluster writes them, for dashboards that read those.
///
/// Pure. Members that said good-bye are not missed; those that failed are, as long as they are
/// registered or listed.
final class HealthReports {
  private HealthReports() {}

  /// What is seen of the cluster.
  ///
  /// @param linked whether there is a link to a member
  /// @param hosts that the member is configured to ask
  record Sight(
      Member self, Collection<Member> members, Predicate<Address> linked, List<Address> hosts) {
    private List<Member> others() {
      return members.stream()
          .filter(m -> !m.id().equals(self.id()) && m.state() != MemberState.LEFT)
          .toList();
    }

    /// Those that are here and linked: peers in happn's words.
    boolean peer(Member m) {
      return m.state() == MemberState.ALIVE && linked.test(m.address());
    }
  }

  /// The older generation's: totals do not count the member itself.
  ///
  /// @param warm whether the time to warm up has passed
  static Map<String, Object> older(Sight s, boolean warm) {
    List<Member> others = s.others();
    Set<String> clusterMissing = new TreeSet<>();
    Set<String> gossipMissing = new TreeSet<>();
    Set<Address> here = new java.util.HashSet<>(Set.of(s.self.address()));
    for (Member m : others) {
      if (!s.peer(m)) clusterMissing.add(m.address().toString());
      if (m.state().here()) here.add(m.address());
      else gossipMissing.add(m.address().toString());
    }
    List<Address> hosts = s.hosts.stream().filter(h -> !h.equals(s.self.address())).toList();
    List<String> hostsMissing =
        hosts.stream().filter(h -> !here.contains(h)).map(Address::toString).sorted().toList();
    List<String> status = new ArrayList<>();
    if (!clusterMissing.isEmpty()) status.add("CLUSTER-MEMBERS-MISSING");
    if (!gossipMissing.isEmpty()) status.add("SWIM-MEMBERS-MISSING");
    if (!hostsMissing.isEmpty()) status.add("CONFIGURED-HOSTS-MISSING");
    if (status.isEmpty()) status.add("HEALTHY");
    if (!warm) status.add("WARMUP");
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("MEMBER_ID", s.self.address().toString());
    report.put("TOTAL_CLUSTER_MEMBERS", others.size() - clusterMissing.size());
    report.put("MISSING_CLUSTER_MEMBERS", List.copyOf(clusterMissing));
    report.put("TOTAL_SWIM_MEMBERS", others.size() - gossipMissing.size());
    report.put("MISSING_SWIM_MEMBERS", List.copyOf(gossipMissing));
    report.put("TOTAL_CONFIGURED_HOSTS", hosts.size());
    report.put("MISSING_CONFIGURED_HOSTS", hostsMissing);
    report.put("STATUS", String.join("|", status));
    return report;
  }

  /// The newer generation's: totals count the member itself.
  ///
  /// @param state of stability
  static Map<String, Object> newer(Sight s, String state) {
    List<Member> others = s.others();
    List<String> unhealthy =
        others.stream().filter(m -> !s.peer(m)).map(m -> m.address().toString()).sorted().toList();
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("MEMBER_ID", s.self.name());
    report.put("MEMBER_ENDPOINT", s.self.address().toString());
    report.put("TOTAL_CLUSTER_MEMBERS", others.size() + 1);
    report.put("TOTAL_CLUSTER_PEERS", others.size() - unhealthy.size() + 1);
    report.put("UNHEALTHY_MEMBERS", unhealthy);
    report.put("STATUS", state);
    return report;
  }
}
