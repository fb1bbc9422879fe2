/// Supervision: members watch other services with health checks, decide by vote how each is, and
/// act on it once.
///
/// A probe finds something → rise and fall make it this member's opinion → the registry keeps all
/// opinions → the leader's vote makes a verdict at one index of the log → every member applies it:
/// events, triggers, balancers.
@NullMarked
package io.muster.supervision;

import org.jspecify.annotations.NullMarked;
