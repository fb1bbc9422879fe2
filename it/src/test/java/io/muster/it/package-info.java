/// Real members as processes, real npm clients, real kills; histories are recorded and judged.
///
/// Nothing here sleeps to be right: tests wait on conditions with a deadline ([Eventually]). Every
/// process started is ended by its own handle.
@NullMarked
package io.muster.it;

import org.jspecify.annotations.NullMarked;
