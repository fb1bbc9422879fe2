/// The failure detector on real sockets and timers: one thread reads sealed datagrams, the control
/// loop runs the core.
@NullMarked
package io.muster.membership.driver;

import org.jspecify.annotations.NullMarked;
