/// Virtual time.
@NullMarked
package io.muster.sim;

import org.jspecify.annotations.NullMarked;
