package io.muster.link;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;

/// The authenticated other end of a link.
///
/// @param incarnation grows with each start of the peer's process
/// @param address where the peer says it can be dialled; the key of [Links#call] and [Links#send]
public record LinkPeer(MemberId id, String name, long incarnation, Address address) {}
