/// The cores under virtual time: one seed decides every delay, loss, stall and cut, so a failure
/// can be shown again.
///
/// Two invariants: nothing here reads a real clock, and a run is a function of its seed alone.
@NullMarked
package io.muster.sim;

import org.jspecify.annotations.NullMarked;
