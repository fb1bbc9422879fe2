/// To be written.
@NullMarked
package io.muster.store;

import org.jspecify.annotations.NullMarked;
