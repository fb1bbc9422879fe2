/// Decides what is probed when, and what findings mean; time and chance come in as arguments.
///
/// [RiseFall] is one check of one target, [ProbeTask] with its times and its place in the
/// [DueHeap], [CheckGroup] all tasks of one check, [TargetState] all checks of one target.
/// [ProbeCore] holds them together. Two invariants: a task runs at most once at a time, and what
/// comes back from a run that was given up is not looked at (its attempt is an old one).
@NullMarked
package io.muster.supervision.probe.core;

import org.jspecify.annotations.NullMarked;
