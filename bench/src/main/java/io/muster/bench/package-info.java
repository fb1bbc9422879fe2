/// The load generator of `muster bench`: measures a cluster over the network, as its clients see
/// it, and judges whether it kept its promises.
///
/// [Bench] runs a plan against a [Target]. What is stamped, counted and judged lies in `core`;
/// connections, pacing and the members' `/metrics` in `driver`. The command line prints what comes
/// out.
///
/// Two invariants: the clock of a message starts when the message was *due* and not when the
/// generator found time for it, so nobody's stall is left out of the percentiles; and every message
/// is counted by publisher and topic at every receiver, so no loss, repetition or change of order
/// goes unseen.
@NullMarked
package io.muster.bench;

import org.jspecify.annotations.NullMarked;
