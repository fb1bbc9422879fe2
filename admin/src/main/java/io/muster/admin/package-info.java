/// The operators' door: HTTP for people, probes and the command line.
///
/// Two invariants: it sees faces only, and it answers even when the member is not ready, since that
/// is when it is needed.
@NullMarked
package io.muster.admin;

import org.jspecify.annotations.NullMarked;
