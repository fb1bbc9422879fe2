/// The decisions of triggers: pure, so that the simulator can replay them.
@NullMarked
package io.muster.supervision.trigger.core;

import org.jspecify.annotations.NullMarked;
