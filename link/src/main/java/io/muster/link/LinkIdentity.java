package io.muster.link;

import io.muster.kernel.MemberId;

/// Who this member says it is in a handshake.
public record LinkIdentity(String cluster, MemberId id, String name, long incarnation) {}
