/// Pure pieces of the store: patterns, commands and records as bytes, merging.
///
/// Two invariants: applying the same commands in the same order gives the same records on every
/// replica, and every format carries its version.
@NullMarked
package io.muster.store.core;

import org.jspecify.annotations.NullMarked;
