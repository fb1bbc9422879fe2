package io.muster.registry;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import java.util.Set;

/// A member as the cluster remembers it, here or not.
///
/// @param address of links: while somebody is registered there nobody else may take the place, for
///     it may have a vote
/// @param incarnation of its last start
public record Registration(
    MemberId id, String name, Address address, Set<Role> roles, String service, long incarnation) {
  public Registration {
    roles = Set.copyOf(roles);
  }
}
