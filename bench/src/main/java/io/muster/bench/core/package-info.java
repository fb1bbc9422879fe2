/// What a message carries and how its receiver judges it: no clock, no thread, no socket.
///
/// Two invariants: a stamp survives any server that hands a text on unchanged, and what was lost is
/// never counted as repeated, nor the other way round.
@NullMarked
package io.muster.bench.core;

import org.jspecify.annotations.NullMarked;
