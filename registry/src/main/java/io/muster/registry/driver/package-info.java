/// SOFAJRaft behind the Consensus port, its calls carried by links.
///
/// Two invariants: no type of the engine leaves this package, and a proposal that may have reached
/// the log is never reported as not done.
@NullMarked
package io.muster.registry.driver;

import org.jspecify.annotations.NullMarked;
