/// What files of other servers become: settings of Muster, each with the place it comes from.
@NullMarked
package io.muster.node.foreign;

import org.jspecify.annotations.NullMarked;
