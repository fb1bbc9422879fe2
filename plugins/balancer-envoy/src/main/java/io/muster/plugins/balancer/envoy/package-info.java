/// envoy, by files that it watches.
///
/// A bootstrap file names three others, for listeners, clusters and endpoints. envoy reads each
/// again when it is renamed into place, so that nothing is restarted when targets change. The files
/// are built from objects ([Json], [EnvoyConfig]) and never from text.
///
/// Whether the running envoy uses them its admin port tells ([EnvoyAdmin]).
@NullMarked
package io.muster.plugins.balancer.envoy;

import org.jspecify.annotations.NullMarked;
