/// Brings real load balancers to what the votes say.
///
/// Each balancer of this member has a [BalancerRunner], which is told which targets should get
/// traffic and brings the software there with a plugin ([io.muster.spi.balance]).
///
/// Two invariants. One balancer is worked on by one thread, one thing at a time, and only the
/// newest pool counts. While the member is held, because it has no quorum, it looks and touches
/// nothing.
@NullMarked
package io.muster.supervision.balance;

import org.jspecify.annotations.NullMarked;
