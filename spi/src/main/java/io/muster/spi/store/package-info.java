/// What a record store offers and what its providers implement.
@NullMarked
package io.muster.spi.store;

import org.jspecify.annotations.NullMarked;
