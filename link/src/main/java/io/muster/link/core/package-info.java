/// The decisions of links, without sockets: how two members prove that they share a secret, and how
/// frames lie in bytes.
///
/// Two invariants: nothing is believed before the proof, and no length is trusted before it is
/// compared with a limit.
@NullMarked
package io.muster.link.core;

import org.jspecify.annotations.NullMarked;
