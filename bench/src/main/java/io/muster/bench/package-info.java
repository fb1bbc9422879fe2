/// Benchmarks.
@NullMarked
package io.muster.bench;

import org.jspecify.annotations.NullMarked;
