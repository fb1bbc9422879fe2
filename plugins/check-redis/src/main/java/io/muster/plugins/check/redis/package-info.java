/// Checks of Redis: `redis-basic` sends commands, `redis-info` reads what the server tells of
/// itself.
///
/// Each probe is a connection of its own, on which all commands are sent at once and the answers
/// are read in their order.
@NullMarked
package io.muster.plugins.check.redis;

import org.jspecify.annotations.NullMarked;
