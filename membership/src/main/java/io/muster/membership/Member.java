package io.muster.membership;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import java.util.Map;
import java.util.Set;

/// What is known of one member; immutable.
///
/// @param incarnation grows with each start of the process and with each refutation of a suspicion
/// @param service the service name of the happn configurations, `happn-cluster-node` by default
/// @param address of links (TCP) and gossip (UDP): one host, one port
/// @param labels free metadata, small: it travels in datagrams
public record Member(
    MemberId id,
    String name,
    long incarnation,
    Set<Role> roles,
    String service,
    Address address,
    Map<String, String> labels,
    MemberState state) {
  public Member {
    roles = Set.copyOf(roles);
    labels = Map.copyOf(labels);
  }
}
