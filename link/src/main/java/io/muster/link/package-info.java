/// Authenticated multiplexed links between members and to workers.
@NullMarked
package io.muster.link;

import org.jspecify.annotations.NullMarked;
