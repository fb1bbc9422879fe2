/// Links on Netty: listening, dialling, queues, pings.
///
/// Two invariants: a handler above sees no frame of a peer that has not proved itself, and a byte
/// that waits to be sent is counted against the link's bound.
@NullMarked
package io.muster.link.driver;

import org.jspecify.annotations.NullMarked;
