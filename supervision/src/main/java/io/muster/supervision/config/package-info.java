/// The branch `clusters` of the settings: what is watched, how, and what follows from it.
@NullMarked
package io.muster.supervision.config;

import org.jspecify.annotations.NullMarked;
