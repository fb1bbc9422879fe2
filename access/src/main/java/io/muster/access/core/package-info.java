/// Who may do what, decided without clock, thread or file.
@NullMarked
package io.muster.access.core;

import org.jspecify.annotations.NullMarked;
