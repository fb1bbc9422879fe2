package io.muster.link;

import java.time.Duration;

/// A link that is up.
///
/// @param dialled whether this member dialled it
/// @param roundTrip what the last ping took, queues of both ends included; zero before one came
///     back
public record LinkView(LinkPeer peer, boolean dialled, Duration roundTrip) {}
