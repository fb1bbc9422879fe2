/// To be written.
@NullMarked
package io.muster.admin;

import org.jspecify.annotations.NullMarked;
