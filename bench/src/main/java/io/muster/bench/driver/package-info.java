/// The load itself: connections, event loops, pacing, and the reading of members' metrics.
///
/// Two invariants: what belongs to a connection is touched on its event loop only, until the loops
/// have ended; and nothing is parsed as JSON while a measurement runs, because the generator must
/// be cheaper than what it measures.
@NullMarked
package io.muster.bench.driver;

import org.jspecify.annotations.NullMarked;
