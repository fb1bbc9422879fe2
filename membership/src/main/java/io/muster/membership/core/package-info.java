/// The failure detector as a pure object: SWIM (Das, Gupta, Motivala 2002) with the suspicion
/// confirmations and local health of Lifeguard (Dadgar, Phillips, Currey 2018).
///
/// Two invariants: a member is declared failed only after it stayed unanswered since a moment that
/// is told along, and only a member itself raises its incarnation.
@NullMarked
package io.muster.membership.core;

import org.jspecify.annotations.NullMarked;
