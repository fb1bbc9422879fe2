/// Fan-out on lanes and replication between members.
///
/// Two invariants: an audience's list for a lane is touched on that lane only, and a publication is
/// handed to each audience of a lane once.
@NullMarked
package io.muster.realtime.driver;

import org.jspecify.annotations.NullMarked;
