/// The decisions of links, without sockets: how two members prove that they share a secret, how
/// frames lie in bytes, and who may send how much on a stream.
///
/// Three invariants: nothing is believed before the proof, no length is trusted before it is
/// compared with a limit, and nobody keeps bytes for which it gave no credit.
@NullMarked
package io.muster.link.core;

import org.jspecify.annotations.NullMarked;
