/// Addresses of members and workers that name servers know: NAPTR, then SRV, then A and AAAA.
///
/// [io.muster.link.dns.DnsDiscovery] asks and remembers; [io.muster.link.dns.DnsOrder] sorts, pure.
/// What is found is in the order in which it should be tried, and is kept no longer than the name
/// servers allow.
@NullMarked
package io.muster.link.dns;

import org.jspecify.annotations.NullMarked;
