/// What a plugin of any kind is given by the member that loads it.
///
/// This module depends on nothing else of Muster, so that a plugin built against it runs with every
/// member of the same major version.
@NullMarked
package io.muster.spi;

import org.jspecify.annotations.NullMarked;
