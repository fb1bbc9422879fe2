/// To be written.
@NullMarked
package io.muster.cli;

import org.jspecify.annotations.NullMarked;
