/// The consensus log on disk: files of a fixed size, written from front to back and forced once for
/// all entries of a batch. Knows nothing of the engine above it.
@NullMarked
package io.muster.registry.log;

import org.jspecify.annotations.NullMarked;
