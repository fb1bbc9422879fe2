/// The clients' door: HTTP and WebSocket on one port, connections and their outbound queues, the
/// gate.
@NullMarked
package io.muster.gateway;

import org.jspecify.annotations.NullMarked;
