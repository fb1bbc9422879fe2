/// Small precious state in one Raft log, and the Consensus port behind which the engine stands.
@NullMarked
package io.muster.registry;

import org.jspecify.annotations.NullMarked;
