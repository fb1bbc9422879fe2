/// What supervision decides: votes, verdicts, what follows from a change. No clock, thread, socket
/// or file.
@NullMarked
package io.muster.supervision.core;

import org.jspecify.annotations.NullMarked;
