/// Triggers: what is done when something has happened, how often, and by whom.
///
/// An [Occurrence] of an [Event] comes to [Triggers] on every member. A trigger of `run: every`
/// runs its actions on each; one of `run: leader` first becomes an *effect*, an entry of the
/// registry that one member claims before it acts and settles afterwards ([core.EffectsCore]), so
/// that what the user was promised holds while leaders die. [core.TriggerQueue] decides what waits,
/// and what is passed over; [ShellRun] and its siblings act.
@NullMarked
package io.muster.supervision.trigger;

import org.jspecify.annotations.NullMarked;
