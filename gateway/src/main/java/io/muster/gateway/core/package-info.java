/// The gate as a pure state machine: when clients may come in, and when they may write.
///
/// Two invariants: the door is never opened before the member is stable, and once opened it is not
/// shut again, only writes are.
@NullMarked
package io.muster.gateway.core;

import org.jspecify.annotations.NullMarked;
