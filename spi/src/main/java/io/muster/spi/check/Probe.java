package io.muster.spi.check;

import io.muster.spi.watch.Target;
import java.time.Duration;

/// One question to one target. Immutable.
///
/// @param timeout how long an answer is waited for, from now on; more than zero
public record Probe(Target target, Duration timeout) {}
