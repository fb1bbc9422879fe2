/// The protocol of unmodified happn-3 clients: JSON text frames on `/primus`.
///
/// A session's frames are handled in order and answered in order, whatever the store takes. Two
/// invariants: identity comes from the connection, never from a frame, and the publisher's own
/// events are written before its answer.
@NullMarked
package io.muster.protocols.happn;

import org.jspecify.annotations.NullMarked;
