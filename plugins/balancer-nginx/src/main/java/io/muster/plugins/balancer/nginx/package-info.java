/// An nginx that is there already: Muster writes one file with an `upstream`, which its
/// configuration includes.
///
/// nginx checks whole configurations only, and includes with wildcards cannot be pointed elsewhere
/// from outside. So the file is renamed into place first, `nginx -t` looks at everything, and what
/// it refuses is taken back before anybody was told of it: the running nginx reads nothing until it
/// gets its signal.
@NullMarked
package io.muster.plugins.balancer.nginx;

import org.jspecify.annotations.NullMarked;
