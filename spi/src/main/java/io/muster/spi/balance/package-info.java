/// What a kind of load balancer implements: it is told which targets should get traffic, and brings
/// a real haproxy, nginx or envoy there.
///
/// [BalancerProvider] is found by its name and reads the keys of one entry of `balancers`,
/// [BalancerSetup] opens it for a member, [Balancer] renders and applies. When that happens, one
/// after the other, coalesced and repeated after failures, is not its business.
@NullMarked
package io.muster.spi.balance;

import org.jspecify.annotations.NullMarked;
