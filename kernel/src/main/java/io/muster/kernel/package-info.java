/// What every part of Muster stands on: identifiers, time as an argument, the control loop, bounded
/// mailboxes to it, threads that end with their part, failures and settings.
///
/// Two invariants: nothing here knows a feature of Muster, and nothing here reads a clock or starts
/// a thread unless its name says so ([io.muster.kernel.ControlLoop],
/// [io.muster.kernel.TaskGroup], [io.muster.kernel.TimeSource#system()]).
@NullMarked
package io.muster.kernel;

import org.jspecify.annotations.NullMarked;
