/// What plugins of supervision share: who is watched, and how well it is.
@NullMarked
package io.muster.spi.watch;

import org.jspecify.annotations.NullMarked;
