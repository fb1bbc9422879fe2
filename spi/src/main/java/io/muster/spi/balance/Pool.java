package io.muster.spi.balance;

import io.muster.spi.watch.Target;
import java.util.List;

/// Which targets get traffic. Immutable.
///
/// It is empty when it lists nobody: a pool whose members all drain was wanted so, and is applied.
///
/// @param revision grows with every change
/// @param members in the order of their addresses; those that drain are listed as well
public record Pool(long revision, List<Member> members) {
  public Pool {
    members = List.copyOf(members);
  }

  /// @param draining gets no new clients and keeps those it has
  public record Member(Target target, boolean draining) {}
}
