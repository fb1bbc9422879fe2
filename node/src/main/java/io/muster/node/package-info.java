/// The composition root: everything a member is made of, built, started and stopped in one place.
///
/// Two invariants: nobody depends on this package but the command line, and what was started is
/// closed in the reverse order.
@NullMarked
package io.muster.node;

import org.jspecify.annotations.NullMarked;
