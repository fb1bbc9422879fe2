package io.muster.membership.core;

import io.muster.kernel.MemberId;
import io.muster.membership.Member;

/// What is said of one member, as it travels.
///
/// @param from who says so: independent voices confirm a suspicion
/// @param unansweredMs for a suspicion, how long the member has been silent; else 0
/// @param refused for a suspicion, whether its machine refuses connections: its process is gone
record News(Member member, MemberId from, int unansweredMs, boolean refused) {}
