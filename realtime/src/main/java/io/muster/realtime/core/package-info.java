/// Pure pieces of realtime: which subscriptions a topic meets, and how a numbered stream of events
/// stays whole although messages get lost.
///
/// Two invariants: the index gives what a scan of all patterns would give, and a receiver hands on
/// each number once, in order, or says how many it gave up.
@NullMarked
package io.muster.realtime.core;

import org.jspecify.annotations.NullMarked;
