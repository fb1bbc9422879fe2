/// Supervision at work: registry, links, threads.
@NullMarked
package io.muster.supervision.driver;

import org.jspecify.annotations.NullMarked;
