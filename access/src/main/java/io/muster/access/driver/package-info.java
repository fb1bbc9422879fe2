/// Users and tokens on the registry.
@NullMarked
package io.muster.access.driver;

import org.jspecify.annotations.NullMarked;
