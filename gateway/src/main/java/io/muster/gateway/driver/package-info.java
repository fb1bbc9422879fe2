/// The door on Netty: one event loop per lane, one handler per connection after the upgrade.
///
/// Two invariants: a frame for many is built once and written as a range of one buffer, and what
/// waits for a connection is bounded.
@NullMarked
package io.muster.gateway.driver;

import org.jspecify.annotations.NullMarked;
