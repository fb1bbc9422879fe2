/// What this member sees: when each target is probed, and what its findings add up to.
@NullMarked
package io.muster.supervision.probe;

import org.jspecify.annotations.NullMarked;
